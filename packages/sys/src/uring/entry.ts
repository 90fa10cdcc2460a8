import { highWord, lowWord } from "../words.ts";

/** 32-bit words in a submission queue entry (`struct io_uring_sqe`, 64 bytes). */
export const SQE_WORDS = 16;
/** Word of an entry's `user_data`, low half; the high half is the next word. */
export const SQE_USER_DATA_WORD = 8;
/** 32-bit words in a completion queue entry (`struct io_uring_cqe`, 16 bytes). */
export const CQE_WORDS = 4;
/** Words of a completion: `user_data` is in words 0 and 1. */
export const CQE_RESULT_WORD = 2;
export const CQE_FLAGS_WORD = 3;

/**
 * The first word of an entry: opcode, `IOSQE_*` flags, and the operation's own flags in `ioprio`.
 */
export function entryHeader(opcode: number, flags: number, priority: number): number {
  return opcode | (flags << 8) | (priority << 16);
}

/**
 * Writes an entry, all but `user_data`, which is the driver's. Entries are reused, so every word is
 * written every time: a word left over from the last use would be a flag or a fixed file by
 * accident.
 *
 * @param offset `off`, `addr2`: an address or a length, below 2^53; -1 is the file's own position
 * @param operationFlags `msg_flags`, `accept_flags`, `poll32_events` …
 * @param group the buffer group, with `IOSQE_BUFFER_SELECT`
 */
export function writeEntry(
  entries: Int32Array,
  base: number,
  header: number,
  fd: number,
  offset: number,
  address: number,
  length: number,
  operationFlags: number,
  group: number,
): void {
  entries[base] = header;
  entries[base + 1] = fd;
  entries[base + 2] = lowWord(offset);
  entries[base + 3] = offset === -1 ? -1 : highWord(offset);
  entries[base + 4] = lowWord(address);
  entries[base + 5] = highWord(address);
  entries[base + 6] = length;
  entries[base + 7] = operationFlags;
  entries[base + 10] = group;
  entries[base + 11] = 0;
  entries[base + 12] = 0;
  entries[base + 13] = 0;
  entries[base + 14] = 0;
  entries[base + 15] = 0;
}
