import { type Fault, faultsIn } from "../fault.ts";

/** Datagrams, from the kernel to who receives them. */
export const datagramFaults: readonly Fault[] = [
  ...faultsIn(
    "packages/net/src/datagram-inbox.ts",
    ["datagrams epoll", "datagrams uring"],
    [
      [
        "the reactor takes a short datagram for the last",
        "operation.offset = header.address;",
        "operation.offset = header.address; operation.length = data.byteLength;",
      ],
      [
        "a socket that nobody reads is received for ever",
        'if (this.#byteLength >= HIGH_BYTES || typeof this.#arrived.at(-1) === "number") return;',
        'if (typeof this.#arrived.at(-1) === "number") return;',
      ],
      [
        "empty datagrams are not bounded",
        "return data.byteLength + DATAGRAM_BYTES;",
        "return data.byteLength;",
      ],
      [
        "what nobody hears of is asked for again",
        'if (this.#byteLength >= HIGH_BYTES || typeof this.#arrived.at(-1) === "number") return;',
        "if (this.#byteLength >= HIGH_BYTES) return;",
      ],
      [
        "receiving does not go on after a datagram was taken",
        "this.#byteLength -= sizeOf(first); this.arm();",
        "this.#byteLength -= sizeOf(first);",
      ],
      ["room that was freed does not count", "this.#byteLength -= sizeOf(first);", "void first;"],
      [
        "an idle socket keeps the memory that it rented",
        "if (!this.#isReceiving) this.#giveBack();",
        "",
      ],
      ["a receiver is not woken", "if (this.isReady) this.firstWait?.wake();", ""],
      [
        "a datagram is a view of memory that is used again",
        "data.bytes.slice(0, byteLength)",
        "data.bytes.subarray(0, byteLength)",
      ],
      [
        "a cancel is told as a failure",
        "else if (result !== -ECANCELED) this.#arrived.push(result);",
        "else this.#failure = result;",
      ],
    ],
  ),
  ...faultsIn(
    "packages/net/src/datagram-outbox.ts",
    ["net epoll", "datagrams epoll", "datagrams uring"],
    [
      [
        "the memory of a send is given back while the kernel reads it",
        "if (!isLent) give();",
        "give();",
      ],
      [
        "the memory of a send is never given back",
        "wait.release = () => { give();",
        "wait.release = () => {",
      ],
      ["the memory of a send that was aborted before is kept", "if (!isLent) give();", ""],
      [
        "an abort that came too late says that nothing went out",
        "wait.discard = (result) => (bytesWritten = result);",
        "",
      ],
      [
        "closing does not hear that everything has gone out",
        "if (this.#inFlight === 0) this.onDrained?.();",
        "",
      ],
      [
        "who sends while the socket closes hears of a cancel",
        "if (result === -ECANCELED && this.#descriptor.closing) {",
        "if (false) {",
      ],
      [
        "a long datagram lies where the header is",
        "const at = fits ? DATA_AT : 0;",
        "const at = 0;",
      ],
    ],
  ),
  ...faultsIn(
    "packages/net/src/udp-socket.ts",
    ["net epoll", "datagrams epoll"],
    [
      [
        "a receive overtakes those that wait",
        "if (inbox.hasDatagram && inbox.firstWait === null && spendBudget(options)) {",
        "if (inbox.hasDatagram && spendBudget(options)) {",
      ],
      [
        "a close cuts off the sends that have begun",
        "if (!outbox.isEmpty && !this.#descriptor.closing) {",
        "if (false) {",
      ],
    ],
  ),
  ...faultsIn(
    "packages/net/src/udp-socket.ts",
    ["simulated"],
    [
      [
        "a datagram for a name changes while that is looked up",
        "bytes = new Uint8Array(bytes);",
        "",
      ],
    ],
  ),
];
