import {
  decodeSocketAddress,
  encodeSocketAddress,
  SOCKET_ADDRESS_BYTES_MAX,
  type SocketAddress,
} from "./address.ts";
import { highWord, lowWord } from "./words.ts";

// `struct msghdr` as 64-bit Linux has it, the one `struct iovec` it points at, and its address.
const NAME_LENGTH_AT = 8;
const VECTOR_AT = 16;
const VECTOR_COUNT_AT = 24;
const HEADER_BYTES = 56;
const VECTOR_BYTES = 16;
const NAME_AT: number = HEADER_BYTES + VECTOR_BYTES;

/** Room for what describes one message: its header, one stretch of memory, and an address. */
export const MESSAGE_HEADER_BYTES: number = NAME_AT + SOCKET_ADDRESS_BYTES_MAX;

/** Memory of {@link MESSAGE_HEADER_BYTES} or more that does not move, and where it is. */
export interface MessageHeader {
  readonly bytes: Uint8Array;
  readonly address: number;
}

/**
 * Describes a message to send: `byteLength` bytes at `data`.
 * @param to where to; null for where the socket is connected to
 * @throws {TypeError | RangeError} when the address cannot be encoded
 */
export function encodeMessage(
  header: MessageHeader,
  data: number,
  byteLength: number,
  to: SocketAddress | null,
): void {
  const nameBytes = to === null ? 0 : encodeSocketAddress(to, header.bytes, NAME_AT);
  encodeHeader(header, data, byteLength, nameBytes);
}

/** Describes room for a message to receive: `byteLength` bytes at `data`, and for its sender. */
export function encodeMessageRoom(header: MessageHeader, data: number, byteLength: number): void {
  encodeHeader(header, data, byteLength, SOCKET_ADDRESS_BYTES_MAX);
}

/**
 * Who sent a message that was received.
 * @throws {RangeError} when it has no address that {@link decodeSocketAddress} knows
 */
export function messageSender({ bytes }: MessageHeader): SocketAddress {
  return decodeSocketAddress(bytes, NAME_AT, viewOf(bytes).getUint32(NAME_LENGTH_AT, true));
}

function encodeHeader(
  { bytes, address }: MessageHeader,
  data: number,
  byteLength: number,
  nameBytes: number,
): void {
  const view = viewOf(bytes);
  bytes.fill(0, 0, NAME_AT);
  if (nameBytes > 0) setAddress(view, 0, address + NAME_AT);
  view.setUint32(NAME_LENGTH_AT, nameBytes, true);
  setAddress(view, VECTOR_AT, address + HEADER_BYTES);
  view.setUint32(VECTOR_COUNT_AT, 1, true);
  setAddress(view, HEADER_BYTES, data);
  view.setUint32(HEADER_BYTES + 8, byteLength, true);
}

function setAddress(view: DataView, at: number, address: number): void {
  view.setInt32(at, lowWord(address), true);
  view.setInt32(at + 4, highWord(address), true);
}

function viewOf({ buffer, byteOffset }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, MESSAGE_HEADER_BYTES);
}
