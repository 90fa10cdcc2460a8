// A chat on Bun.listen that gathers what one tick of the event loop brings, and writes it once.
import type { Socket } from "bun";
import { type Member, serveChat } from "./chat-room.ts";
import { portArgument, printListening } from "./server-support.ts";

interface Outbox {
  bytes: Buffer;
  length: number;
  isDue: boolean;
}

type MemberSocket = Socket<Member<Outbox>>;

let due: MemberSocket[] = [];

function flushAll(): void {
  const sockets = due;
  due = [];
  for (const socket of sockets) {
    socket.data.outbox.isDue = false;
    flush(socket);
  }
}

function flush(socket: MemberSocket): void {
  const { outbox } = socket.data;
  if (outbox.length === 0) return;
  const written = Math.max(socket.write(outbox.bytes.subarray(0, outbox.length)), 0);
  if (written < outbox.length) outbox.bytes.copyWithin(0, written, outbox.length);
  outbox.length -= written;
}

function append(outbox: Outbox, message: Buffer): void {
  const length = outbox.length + message.length;
  if (length > outbox.bytes.length) {
    const larger = Buffer.allocUnsafeSlow(Math.max(length, outbox.bytes.length * 2));
    outbox.bytes.copy(larger, 0, 0, outbox.length);
    outbox.bytes = larger;
  }
  outbox.bytes.set(message, outbox.length);
  outbox.length = length;
}

const port = serveChat<Outbox>(portArgument(), {
  open: () => ({ bytes: Buffer.allocUnsafeSlow(4096), length: 0, isDue: false }),
  send(socket, message) {
    const { outbox } = socket.data;
    append(outbox, message);
    if (outbox.isDue) return;
    outbox.isDue = true;
    if (due.length === 0) setImmediate(flushAll);
    due.push(socket);
  },
  drain: flush,
});
printListening(port);
