import { expect, test } from "bun:test";
import { ChatLines, LINE_BYTES, senderClients } from "./chat-lines.ts";
import { ChatRecipients } from "./chat-recipients.ts";

const CLIENTS = 10;
const WINDOW = 4;
const SENDERS = senderClients(CLIENTS, 2);
const LISTENER = 1;

/** The bytes of the first lines of a sender, as recipients must get them. */
function linesOf(lines: ChatLines, sender: number, sequences: readonly number[]): Uint8Array {
  const prefix = Buffer.from(`u0000${SENDERS[sender]}: `);
  return Buffer.concat(
    sequences.flatMap((sequence) => {
      lines.write(sender, sequence);
      return [prefix, Buffer.from(lines.sentBytes(sender, sequence))];
    }),
  );
}

/** Lets the listener get bytes, in pieces of a size, and says which lines were counted. */
function receive(
  recipients: ChatRecipients,
  received: Uint8Array,
  pieceBytes: number = 4096,
): string[] {
  const memory = new ArrayBuffer(8192);
  const bytes = new Uint8Array(memory);
  const counted: string[] = [];
  for (let at = 0; at < received.length; at += pieceBytes) {
    const piece = received.subarray(at, at + pieceBytes);
    bytes.set(piece);
    recipients.take(
      LISTENER,
      bytes,
      new Int32Array(memory),
      0,
      piece.length,
      (sender, sequence) => {
        counted.push(`${sender}:${sequence}`);
      },
    );
  }
  return counted;
}

function start(): { lines: ChatLines; recipients: ChatRecipients } {
  const lines = new ChatLines(SENDERS, WINDOW);
  return { lines, recipients: new ChatRecipients(lines, CLIENTS, SENDERS) };
}

test("senders are spread over the clients", () => {
  expect(SENDERS).toEqual([0, 5]);
});

test("lines of several senders are counted in any mixture, however they are cut", () => {
  for (const pieceBytes of [1, 7, 71, LINE_BYTES, 100, 4096]) {
    const { lines, recipients } = start();
    const received = Buffer.concat([
      linesOf(lines, 0, [0, 1]),
      linesOf(lines, 1, [0]),
      linesOf(lines, 0, [2]),
    ]);
    expect(receive(recipients, received, pieceBytes)).toEqual(["0:0", "0:1", "1:0", "0:2"]);
  }
});

test("a lost line is noticed at the next one", () => {
  const { lines, recipients } = start();
  expect(() => receive(recipients, linesOf(lines, 0, [0, 2]))).toThrow("instead of line 1");
});

test("a doubled line is noticed", () => {
  const { lines, recipients } = start();
  expect(() => receive(recipients, linesOf(lines, 0, [0, 0]))).toThrow("instead of line 1");
});

test("reordered lines are noticed", () => {
  const { lines, recipients } = start();
  expect(() => receive(recipients, linesOf(lines, 1, [1, 0]))).toThrow("instead of line 0");
});

test("one wrong byte anywhere in a line is noticed", () => {
  for (let wrong = 0; wrong < LINE_BYTES; wrong++) {
    const { lines, recipients } = start();
    const received = linesOf(lines, 0, [0]);
    received[wrong] = (received[wrong] ?? 0) ^ 1;
    expect(() => receive(recipients, received)).toThrow("Client 1 got");
  }
});

test("an echo of one's own line is noticed", () => {
  const { lines, recipients } = start();
  const bytes = linesOf(lines, 0, [0]);
  const memory = new Uint8Array(new ArrayBuffer(LINE_BYTES));
  memory.set(bytes);
  const words = new Int32Array(memory.buffer);
  expect(() => recipients.take(0, memory, words, 0, LINE_BYTES, () => undefined)).toThrow(
    "a line of another sender",
  );
});
