import { type Fault, faultsIn } from "../fault.ts";

/** Sockets. */
export const netFaults: readonly Fault[] = [
  ...faultsIn(
    "packages/net/src/inbox.ts",
    ["net epoll", "behaviours uring", "behaviours epoll"],
    [
      [
        "a buffer that came after the close is not given back",
        "else this.#runtime.driver.receivePool.release(bufferId); } #finished",
        "} #finished",
      ],
      [
        "a peer that nobody reads is received for ever",
        "else if (this.#isOverHigh()) this.#pause(this.#operation);",
        "",
      ],
      [
        "receiving does not go on after a read",
        "#taken(): void { if (this.#operation === null) this.arm();",
        "#taken(): void {",
      ],
      ["a reader is not woken", "if (this.isReady) this.firstWait?.wake();", ""],
      [
        "a reader is not woken at the end",
        "if (this.isReady) this.firstWait?.wake();",
        "if (more) this.firstWait?.wake();",
      ],
      [
        "a pause of receiving breaks the socket",
        "if (result === -ECANCELED) return; if (result < 0)",
        "if (result < 0)",
      ],
      [
        "a reset that a send met looks like the end",
        "if (ENDS.has(-result)) this.#broken(result);",
        "if (ENDS.has(-result)) return result;",
      ],
      [
        "a send does not know why a receive failed",
        "else if (result === -EPIPE && this.#isTcp && this.#brokenBy !== 0) return this.#brokenBy;",
        "",
      ],
      ["unread bytes survive the close", "this.clear();", ""],
      ["received bytes are not counted", "this.bytesReceived += byteLength;", ""],
    ],
  ),
  ...faultsIn(
    "packages/net/src/read-waits.ts",
    ["net epoll", "behaviours epoll"],
    [
      [
        "what an aborted reader leaves does not reach the next",
        "if (inbox.firstWait !== null && inbox.isReady) inbox.firstWait.wake();",
        "",
      ],
      ["an aborted reader stays in the queue", "inbox.removeWait(this);", ""],
      [
        "an exact read takes what has come",
        "if (inbox.byteLength < this.#byteLength) {",
        "if (inbox.byteLength === 0 && this.#byteLength > 0) {",
      ],
      ["an exact read cannot be larger than the inbox", "inbox.demand(this.#byteLength);", ""],
    ],
  ),
  ...faultsIn(
    "packages/net/src/chunk-queue.ts",
    ["net epoll"],
    [
      [
        "a buffer that was read is not given back",
        "this.#unlink(chunk); if (chunk.bufferId >= 0) this.#pool.release(chunk.bufferId);",
        "this.#unlink(chunk);",
      ],
      [
        "a buffer that was dropped is not given back",
        "if (chunk.bufferId >= 0) this.#pool.release(chunk.bufferId); } }",
        "} }",
      ],
      ["one socket may hold the whole pool", "this.pooled < POOLED_MAX", "this.pooled < Infinity"],
      ["the reserve of the pool is used up", "pool.free >= pool.reserve &&", ""],
      ["bytes that are read twice", "chunk.start += count;", ""],
      [
        "a copied buffer is not given back",
        "this.#gather(pool.bytes.subarray(start, start + byteLength)); pool.release(bufferId);",
        "this.#gather(pool.bytes.subarray(start, start + byteLength));",
      ],
    ],
  ),
  ...faultsIn(
    "packages/net/src/lease.ts",
    ["net epoll", "behaviours epoll"],
    [
      ["a lease gives its buffer back twice", "this.#bytes = null; if", "if"],
      [
        "a lease never gives its buffer back",
        "if (this.#bufferId >= 0) this.#pool.release(this.#bufferId);",
        "",
      ],
    ],
  ),
  ...faultsIn(
    "packages/net/src/outbox.ts",
    ["net epoll", "exhaustive", "net uring", "behaviours uring"],
    [
      [
        "a moved buffer that is being sent is not cancelled",
        "segment.isWithdrawn = true; this.#runtime.cancel(this.#operation);",
        "segment.isWithdrawn = true;",
      ],
      ["a send block is not given back", "this.#runtime.driver.sendPool.give(segment.block);", ""],
      [
        "what a silent send left is not sent",
        "segment.start = start + Math.max(result, 0);",
        "segment.start = end;",
      ],
      [
        "what a silent send left is sent again from the beginning",
        "segment.start = start + Math.max(result, 0);",
        "segment.start = start;",
      ],
      [
        "the failure of a silent send is not heard",
        "if (result < 0 && !PASSING.has(result)) this.#sendFailed(result); else",
        "",
      ],
      [
        "a socket without room is tried again and again",
        "this.#isFull = true;",
        "this.#isFull = false;",
      ],
      [
        "a block that comes back after the end is lost",
        "|| this.#first !== null) { this.#runtime.driver.sendPool.give(block);",
        "|| this.#first !== null) {",
      ],
      [
        "what a late silent send left goes out behind later bytes",
        "if (this.failure !== null || this.#first !== null) {",
        "if (this.failure !== null) {",
      ],
      [
        "what somebody waits for is sent silently",
        "return waits === null || !(waits.writers.hasWaits || waits.drains.hasWaits);",
        "return true;",
      ],
      [
        "the tail of a short send is lost",
        "if (segment.start === segment.end) this.#finishFirst(segment, null);",
        "if (result > 0) this.#finishFirst(segment, null);",
      ],
      [
        "a block is written over while it is being sent",
        "if (last !== this.#sending && last.block.byteLength < sendPool.largeBytes) {",
        "if (last.block.byteLength < sendPool.largeBytes) {",
      ],
      [
        "memory is freed while the kernel reads it",
        "if (segment !== sending) this.#drop(segment, failure);",
        "this.#drop(segment, failure);",
      ],
      ["waiting writers get no room", "if (waits.writers.hasWaits) this.fill();", ""],
      [
        "what a send fails with that is being cancelled is lost",
        "const isCancelled = isWithdrawn && result === -ECANCELED;",
        "const isCancelled = isWithdrawn;",
      ],
      [
        "a second flush is not asked for",
        "if (this.#first !== null) this.#scheduleFlush();",
        "if (this.#first === null) this.#scheduleFlush();",
      ],
      ["a moved buffer is not rooted", "operation.root = segment.root;", ""],

      ["nobody is told that all was sent", "drain.finish();", ""],
    ],
  ),
  ...faultsIn(
    "packages/net/src/write-waits.ts",
    ["net epoll", "behaviours epoll"],
    [
      [
        "an aborted write does not say how much went out",
        "noteBytesWritten(reason, this.#given); super.abort(reason);",
        "super.abort(reason);",
      ],
      [
        "an aborted move rejects before the kernel has let go",
        "this.#outbox.withdraw(this.#segment); return;",
        "",
      ],
      [
        "a write whose buffer is taken away seems to be complete",
        "if (part.byteLength < byteLength) {",
        "if (byteLength < 0) {",
      ],
      [
        "a moved buffer overtakes the rest of a write",
        "if (this.#outbox.hasWriters) this.#outbox.waits.writers.addWait(this); else this.give",
        "this.give",
      ],
      [
        "an aborted writer stays in line",
        "cancelled(): void { this.#outbox.waits.writers.removeWait(this);",
        "cancelled(): void {",
      ],
    ],
  ),
  ...faultsIn(
    "packages/net/src/write-waits.ts",
    ["simulated"],
    [
      [
        "a moved buffer that the kernel holds is given back at the end of a shutdown",
        "if (this.#segment === null) super.abandon(reason);",
        "super.abandon(reason);",
      ],
    ],
  ),
  ...faultsIn(
    "packages/net/src/accept-queue.ts",
    ["net epoll", "exhaustive", "behaviours epoll"],
    [
      [
        "connections that nobody took are leaked",
        "for (const fd of this.#accepted.splice(0)) this.drop(fd);",
        "",
      ],
      ["a connection that comes after the close is leaked", "else this.drop(fd);", ""],
      [
        "what an aborted accept leaves does not reach the next",
        "if (this.#queue.isReady) waiters.firstWait?.wake(); } }",
        "} }",
      ],
      [
        "accepting never goes on when descriptors had run out",
        "this.#retry = null; this.arm(); }, };",
        "this.#retry = null; }, };",
      ],
      [
        "accepting never stops",
        "else if (this.#accepted.length === HIGH) this.#runtime.cancel(operation);",
        "",
      ],
      ["a descriptor that cannot become a stream is leaked", "this.#queue.drop(fd);", ""],
    ],
  ),
  ...faultsIn(
    "packages/net/src/connect.ts",
    ["net epoll", "behaviours epoll"],
    [
      ["a failed connect leaks its socket", "runtime.driver.ledger.close(descriptor);", ""],
      [
        "a connect never gives its memory back",
        "wait.release = () => sendPool.give(block);",
        "wait.release = () => undefined;",
      ],
    ],
  ),
  ...faultsIn(
    "packages/net/src/stream-socket.ts",
    ["net epoll", "behaviours epoll"],
    [
      [
        "two reads share one wait",
        "inbox.spare = null; return spare.readAgain(max);",
        "return spare.readAgain(max);",
      ],
      [
        "a close drops what was written",
        "if (!outbox.isEmpty && !this.descriptor.closing) {",
        "if (false) {",
      ],
      [
        "the writing side closes before what was written has left",
        "await this.flush(options);",
        "",
      ],
      [
        "a reset ends the stream politely",
        'setLinger(this.descriptor.fd, 0); this.destroy(closedError("use"));',
        'this.destroy(closedError("use"));',
      ],
      ["a shutdown forgets the socket", "runtime.register(this);", ""],
    ],
  ),
];
