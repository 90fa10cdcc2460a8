// The least that an async function per connection costs on io_uring: reads that are awaited and
// give bytes of one's own, writes that are copied and awaited, one ring and a loop. No tasks,
// aborts, deadlines, budgets or watermarks, and nothing else in the process gets its turn but once
// in a while. What a runtime adds is measured against it.
import {
  accept,
  bindSocket,
  BufferRing,
  closeDescriptor,
  CQE_FLAGS_WORD,
  CQE_RESULT_WORD,
  CQE_WORDS,
  createSocket,
  ENOBUFS,
  errnoName,
  IORING_CQE_BUFFER_SHIFT,
  IORING_CQE_F_BUFFER,
  IORING_CQE_F_MORE,
  IORING_SETUP_DEFER_TASKRUN,
  IORING_SETUP_SINGLE_ISSUER,
  IORING_SETUP_SUBMIT_ALL,
  listenSocket,
  localAddress,
  mapMemory,
  type OperationFrame,
  type OperationKind,
  recv,
  send,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SQE_USER_DATA_WORD,
  SQE_WORDS,
  UringMemory,
} from "@bascule/sys";
import { drainMicrotasks } from "bun:jsc";
import { portArgument, printListening } from "./server-support.ts";

const AF_INET = 2;
const ENTRIES = 1024;
const BUFFERS = 512;
const BUFFER_BYTES = 16384;
const BLOCKS = 4096;
/** For so long the loop keeps the thread, and so long it waits at most. */
const HOLD_MS = 5;
const WAIT_MS = 100;
/** High words of `user_data`; the low one is the connection. */
const ACCEPTED = 1;
const RECEIVED = 2;
const SENT = 3;

const WRITTEN: Promise<void> = Promise.resolve();
const memory = must(
  "set a ring up",
  UringMemory.setup({
    entries: ENTRIES,
    completionEntries: 4 * ENTRIES,
    flags: IORING_SETUP_SUBMIT_ALL | IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN,
  }),
);
const buffers = must(
  "register buffers",
  BufferRing.register(memory, { group: 0, count: BUFFERS, bufferBytes: BUFFER_BYTES }),
);
const blocks = mapMemory(BLOCKS * BUFFER_BYTES);
const freeBlocks: number[] = Array.from({ length: BLOCKS }, (_, block) => block);
const connections: Connection[] = [];
const freeIndices: number[] = [];
const frame: OperationFrame = { fd: -1, address: 0, length: 0, offset: 0, flags: 0 };
let submissionTail = 0;
let submissionHead = 0;
let completionHead = 0;

/** A socket: what has come and nobody has read, and who waits. */
class Connection {
  readonly fd: number;
  readonly index: number;
  readonly #unread: Uint8Array[] = [];
  #isEnded: boolean = false;
  #reader: ((bytes: Uint8Array | null) => void) | null = null;
  #writer: (() => void) | null = null;
  #block: number = -1;
  #from: number = 0;
  #to: number = 0;

  constructor(fd: number, index: number) {
    this.fd = fd;
    this.index = index;
  }

  read(): Promise<Uint8Array | null> {
    const bytes = this.#unread.shift();
    if (bytes !== undefined) return Promise.resolve(bytes);
    if (this.#isEnded) return Promise.resolve(null);
    return new Promise((resolve) => {
      this.#reader = resolve;
    });
  }

  /** Resolves at once while nothing is on its way, as that of a socket with room does. */
  write(bytes: Uint8Array): Promise<void> {
    if (this.#block >= 0) return this.flushed().then(() => this.write(bytes));
    this.#block = freeBlocks.pop() ?? fail("find a block to send from");
    this.#from = this.#block * BUFFER_BYTES;
    this.#to = this.#from + bytes.byteLength;
    blocks.bytes.set(bytes, this.#from);
    this.#send();
    return WRITTEN;
  }

  /** Resolves when nothing is on its way. */
  flushed(): Promise<void> {
    if (this.#block < 0) return WRITTEN;
    return new Promise((resolve) => {
      this.#writer = resolve;
    });
  }

  received(bytes: Uint8Array): void {
    const reader = this.#reader;
    this.#reader = null;
    if (reader === null) this.#unread.push(bytes);
    else reader(bytes);
  }

  ended(): void {
    this.#isEnded = true;
    this.#reader?.(null);
  }

  sent(result: number): void {
    this.#from += Math.max(result, 0);
    if (result > 0 && this.#from < this.#to) return this.#send();
    freeBlocks.push(this.#block);
    this.#block = -1;
    const writer = this.#writer;
    this.#writer = null;
    writer?.();
  }

  receive(): void {
    frame.fd = this.fd;
    submit(recv, RECEIVED, this.index);
  }

  #send(): void {
    frame.fd = this.fd;
    frame.address = blocks.address + this.#from;
    frame.length = this.#to - this.#from;
    submit(send, SENT, this.index);
  }
}

async function serve(connection: Connection): Promise<void> {
  for (;;) {
    const bytes = await connection.read();
    if (bytes === null) break;
    await connection.write(bytes);
  }
  await connection.flushed();
  closeDescriptor(connection.fd);
  freeIndices.push(connection.index);
}

function submit(kind: OperationKind, what: number, index: number): void {
  if (submissionTail - submissionHead === ENTRIES) enter(0);
  const base = (submissionTail & memory.sqMask) * SQE_WORDS;
  submissionTail = (submissionTail + 1) | 0;
  kind.encode(memory.sqes, base, frame);
  memory.sqes[base + SQE_USER_DATA_WORD] = index;
  memory.sqes[base + SQE_USER_DATA_WORD + 1] = what;
}

function enter(timeoutMs: number): void {
  buffers.publish();
  Atomics.store(memory.ring, memory.sqTailWord, submissionTail);
  memory.enterTimeout((submissionTail - submissionHead) | 0, 1, 0, timeoutMs);
  submissionHead = Atomics.load(memory.ring, memory.sqHeadWord);
}

function reap(): void {
  const entries = memory.cqes;
  const tail = Atomics.load(memory.ring, memory.cqTailWord);
  while (completionHead !== tail) {
    const base = (completionHead & memory.cqMask) * CQE_WORDS;
    completionHead = (completionHead + 1) | 0;
    const index = entries[base] as number;
    const what = entries[base + 1];
    const result = entries[base + CQE_RESULT_WORD] as number;
    const flags = entries[base + CQE_FLAGS_WORD] as number;
    if (what === ACCEPTED) accepted(result, flags);
    else if (what === SENT) connections[index]?.sent(result);
    else received(connections[index] ?? fail("find a connection"), result, flags);
  }
  Atomics.store(memory.ring, memory.cqHeadWord, completionHead);
}

function listen(): void {
  frame.fd = listener;
  submit(accept, ACCEPTED, 0);
}

function accepted(fd: number, flags: number): void {
  if ((flags & IORING_CQE_F_MORE) === 0) listen();
  if (fd < 0) return;
  const index = freeIndices.pop() ?? connections.length;
  const connection = new Connection(fd, index);
  connections[index] = connection;
  connection.receive();
  void serve(connection);
}

function received(connection: Connection, result: number, flags: number): void {
  if ((flags & IORING_CQE_F_BUFFER) !== 0) {
    const buffer = flags >>> IORING_CQE_BUFFER_SHIFT;
    const from = buffer * BUFFER_BYTES;
    if (result > 0) connection.received(buffers.bytes.slice(from, from + result));
    buffers.add(buffer);
  }
  if ((flags & IORING_CQE_F_MORE) !== 0) return;
  if (result > 0 || result === -ENOBUFS) connection.receive();
  else connection.ended();
}

function turn(): void {
  const endMs = performance.now() + HOLD_MS;
  do {
    enter(WAIT_MS);
    reap();
    drainMicrotasks();
  } while (performance.now() < endMs);
  setImmediate(turn);
}

function must<T>(action: string, value: T | number): T {
  return typeof value === "number" ? fail(`${action}: ${errnoName(value)}`) : value;
}

function fail(action: string): never {
  throw new Error(`Cannot ${action}`);
}

const listener = createSocket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK);
bindSocket(listener, { family: "IPv4", address: "127.0.0.1", port: portArgument() });
listenSocket(listener, 4096);
for (let id = 0; id < BUFFERS; id++) buffers.add(id);
listen();
const address = localAddress(listener);
if (typeof address === "object" && address.family === "IPv4") printListening(address.port);
turn();
