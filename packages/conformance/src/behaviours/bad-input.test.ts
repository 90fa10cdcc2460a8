import { describe, expect, test } from "bun:test";
import { yieldNow } from "@bascule/core";
import {
  type Lease,
  SocketClosedError,
  TcpListener,
  TcpStream,
  UdpSocket,
  UnixListener,
  UnixStream,
} from "@bascule/net";
import { failureOf } from "../support/failure.ts";
import { PatternReader, patternBytes } from "../support/pattern.ts";
import { type AnyStream, connectPair } from "../support/transports.ts";

type Use = (stream: AnyStream) => Promise<unknown>;

const uses: readonly [string, Use][] = [
  ["read", (stream) => stream.read()],
  ["readExactly", (stream) => stream.readExactly(1)],
  ["readInto", (stream) => stream.readInto(new ArrayBuffer(8))],
  ["lease", (stream) => stream.lease()],
  ["lines().next", (stream) => stream.lines().next()],
  ["iteration", (stream) => stream[Symbol.asyncIterator]().next()],
  ["write", (stream) => stream.write("x")],
  ["write of nothing", (stream) => stream.write("")],
  ["write of parts", (stream) => stream.write([new Uint8Array(1)])],
  ["writeFrom", (stream) => stream.writeFrom(new ArrayBuffer(8))],
  ["flush", (stream) => stream.flush()],
  ["closeWrite", (stream) => stream.closeWrite()],
];

describe.each(uses)("%s of a socket that is closed", (_name, use) => {
  test("after close", async () => {
    await using pair = await connectPair();
    await pair.client.close();
    expect(await failureOf(use(pair.client))).toBeInstanceOf(SocketClosedError);
  });

  test("after reset", async () => {
    await using pair = await connectPair();
    await pair.client.reset();
    expect(await failureOf(use(pair.client))).toBeInstanceOf(SocketClosedError);
  });

  test("in the very moment of closing", async () => {
    await using pair = await connectPair();
    const closing = pair.client.close();
    expect(await failureOf(use(pair.client))).toBeInstanceOf(SocketClosedError);
    await closing;
  });
});

describe("buffers", () => {
  function detached(): ArrayBuffer {
    const buffer = new ArrayBuffer(8);
    buffer.transfer();
    return buffer;
  }
  const foreignParts: readonly [string, unknown][] = [
    ["text", "text"],
    ["DataView", new DataView(new ArrayBuffer(4))],
    ["Uint16Array", new Uint16Array(2)],
    ["ArrayBuffer", new ArrayBuffer(4)],
    ["Array", [Buffer.from("nested")]],
    ["null", null],
    ["undefined", undefined],
    ["5", 5],
  ];
  const refused: readonly [string, Use, string][] = [
    [
      "readInto a detached buffer",
      (stream) => stream.readInto(detached()),
      "TypeError: Cannot read into the buffer: it is detached (it was moved elsewhere)",
    ],
    [
      "writeFrom a detached buffer",
      (stream) => stream.writeFrom(detached()),
      "TypeError: Cannot write from the buffer: it is detached (it was moved elsewhere)",
    ],
    [
      "write an array over a detached buffer",
      (stream) => {
        const array = new Uint8Array(new ArrayBuffer(8));
        array.buffer.transfer();
        return stream.write(array);
      },
      "TypeError: Cannot write the array: its buffer is detached (it was moved elsewhere)",
    ],
    [
      "readInto an empty buffer",
      (stream) => stream.readInto(new ArrayBuffer(0)),
      "RangeError: Cannot read into the buffer: it has 0 bytes",
    ],
    [
      "writeFrom an empty buffer",
      (stream) => stream.writeFrom(new ArrayBuffer(0)),
      "RangeError: Cannot write from the buffer: it has 0 bytes",
    ],
    [
      "readInto a view",
      (stream) => stream.readInto(new Uint8Array(8) as unknown as ArrayBuffer),
      'TypeError: Cannot read into "Uint8Array": pass an ArrayBuffer, which is moved',
    ],
    [
      "readInto a resizable buffer",
      (stream) => stream.readInto(new ArrayBuffer(8, { maxByteLength: 16 })),
      "TypeError: Cannot read into the buffer: it is resizable, and could shrink meanwhile",
    ],
    [
      "write a number",
      (stream) => stream.write(5 as unknown as string),
      'TypeError: Cannot write "5": pass a Uint8Array, a string or an array of Uint8Arrays',
    ],
    ...foreignParts.map(([kind, part]): [string, Use, string] => [
      `write parts with ${kind} among them`,
      (stream) => stream.write([Buffer.from("lost"), part as Uint8Array]),
      `TypeError: Cannot write "${kind}": pass a Uint8Array, a string or an array of Uint8Arrays`,
    ]),
    [
      "write strings",
      (stream) => stream.write(["ab", "cd"] as unknown as Uint8Array[]),
      'TypeError: Cannot write "ab": pass a Uint8Array, a string or an array of Uint8Arrays',
    ],
    [
      "read at most 0 bytes",
      (stream) => stream.read({ max: 0 }),
      'RangeError: Cannot use max "0": pass a whole number of bytes, 1 or more',
    ],
    [
      "read exactly half a byte",
      (stream) => stream.readExactly(0.5),
      'RangeError: Cannot use byteLength "0.5": pass a whole number of bytes, 0 or more',
    ],
  ];
  test.each(refused)("%s", async (_name, use, message) => {
    await using pair = await connectPair();
    expect(String(await failureOf(use(pair.client)))).toBe(message);
    // What was refused left the socket as it was.
    expect([pair.client.bytesWritten, pair.client.bytesBuffered]).toEqual([0, 0]);
    await pair.client.write("fine");
    expect(await pair.server.readExactly(4)).toEqual(Buffer.from("fine"));
  });

  test("writing nothing sends nothing and is no error", async () => {
    await using pair = await connectPair();
    await pair.client.write("");
    await pair.client.write([]);
    await pair.client.write(new Uint8Array(0));
    await pair.client.flush();
    expect(pair.client.bytesWritten).toBe(0);
  });

  test("a refused moved buffer is still the caller's", async () => {
    await using pair = await connectPair();
    const buffer = new ArrayBuffer(8);
    await pair.client.close();
    await failureOf(pair.client.writeFrom(buffer));
    expect(buffer.detached).toBe(false);
  });

  test("a lease's buffer, which is everybody's, is not moved", async () => {
    await using pair = await connectPair();
    const leases: Lease[] = [];
    for (let i = 0; i < 2; i++) {
      await pair.client.write("lent");
      leases.push((await pair.server.lease()) as Lease);
    }
    // The first was copied out before anybody asked for a lease.
    const buffer = leases[1]?.bytes.buffer as ArrayBuffer;
    const message = (action: string): string =>
      `TypeError: Cannot ${action} the buffer: ` +
      "it is the driver's, which a lease only lends; copy its bytes";
    expect(String(await failureOf(pair.server.writeFrom(buffer)))).toBe(message("write from"));
    expect(String(await failureOf(pair.server.readInto(buffer)))).toBe(message("read into"));
    expect(buffer.detached).toBe(false);
    for (const lease of leases) lease.release();
  });

  test.each([Number.NaN, -1, "5"])(
    "a linger time of %p, which closes nothing",
    async (lingerMs) => {
      await using pair = await connectPair();
      expect(String(await failureOf(pair.client.close({ lingerMs: lingerMs as number })))).toBe(
        `RangeError: Cannot use lingerMs "${lingerMs}": pass milliseconds, 0 or more`,
      );
      await pair.client.write("open");
      expect(await pair.server.readExactly(4)).toEqual(Buffer.from("open"));
    },
  );

  test("what is no signal, which closes nothing, with bytes that are unsent as well", async () => {
    await using pair = await connectPair();
    const signal = new AbortController() as unknown as AbortSignal;
    await using datagrams = await UdpSocket.bind();
    const bytes = patternBytes(0, 8 << 20);
    const writing = pair.client.write(bytes);
    for (const socket of [pair.client, datagrams]) {
      expect(await failureOf(socket.close({ signal }))).toEqual(
        new TypeError('Cannot close with an AbortController: pass its "signal"'),
      );
      expect(socket.isClosed).toBe(false);
    }
    expect(Buffer.compare(await pair.server.readExactly(bytes.byteLength), bytes)).toBe(0);
    await writing;
  });

  test("what is no signal, with which nothing is connected", async () => {
    const signal = new AbortController() as unknown as AbortSignal;
    await using listener = await TcpListener.bind();
    const { port } = listener.address;
    for (const connecting of [
      TcpStream.connect({ port, signal }),
      UnixStream.connect({ path: "/nowhere", signal }),
      UdpSocket.connect({ port, signal }),
    ]) {
      expect(await failureOf(connecting)).toEqual(
        new TypeError('Cannot connect with an AbortController: pass its "signal"'),
      );
    }
  });

  const byteLength = 8 << 20;
  const takenAway: readonly [string, object, (bytes: Uint8Array<ArrayBuffer>) => void][] = [
    ["detached", {}, ({ buffer }) => void buffer.transfer()],
    ["shrunk", { maxByteLength: byteLength }, ({ buffer }) => buffer.resize(1000)],
  ];
  test.each(takenAway)("a pending write whose buffer is %s", async (_name, options, take) => {
    await using pair = await connectPair();
    const bytes = new Uint8Array(new ArrayBuffer(byteLength, options));
    bytes.set(patternBytes(0, byteLength));
    // Bytes that must not go out where others are missing.
    const writing = pair.client.write([bytes, Buffer.from("behind")]);
    take(bytes);
    const reading = (async () => {
      const reader = new PatternReader();
      for await (const chunk of pair.server) reader.take(chunk);
      return reader.offset;
    })();
    const error = await failureOf(writing);
    expect(String(error)).toBe(
      "TypeError: Cannot write the rest of the array: " +
        "its buffer was detached, or shrunk, meanwhile",
    );
    const { bytesWritten } = error as { bytesWritten: number };
    await pair.client.write(patternBytes(bytesWritten, 1000));
    await pair.client.closeWrite();
    expect(await reading).toBe(bytesWritten + 1000);
    expect(pair.client.bytesWritten).toBe(bytesWritten + 1000);
  });

  test("an array that the writer changes later goes out as it was", async () => {
    await using pair = await connectPair();
    const data = Buffer.from("as it was");
    await pair.client.write(data);
    data.fill(0);
    expect(await pair.server.readExactly(9)).toEqual(Buffer.from("as it was"));
  });
});

describe("addresses", () => {
  const ports = [-1, 65_536, 1.5, Number.NaN, "80" as unknown as number];
  test.each(ports)("port %p is refused", async (port) => {
    const message = (min: number): string =>
      `RangeError: Cannot use port "${port}": pass a whole number from ${min} to 65535`;
    expect(String(await failureOf(TcpListener.bind({ port })))).toBe(message(0));
    expect(String(await failureOf(TcpStream.connect({ port })))).toBe(message(1));
  });

  test("port 0 can be listened on, but not connected to", async () => {
    expect(await failureOf(TcpStream.connect({ port: 0 }))).toBeInstanceOf(RangeError);
  });

  test("an empty hostname, an empty path and a path that is too long are refused", async () => {
    const hostname = await failureOf(TcpListener.bind({ hostname: "" }));
    expect(String(hostname)).toBe(
      'TypeError: Cannot use hostname "": pass a name or an IP address',
    );
    expect(await failureOf(UnixListener.bind({ path: "" }))).toBeInstanceOf(TypeError);
    const long = `/tmp/${"x".repeat(200)}`;
    expect(await failureOf(UnixStream.connect({ path: long }))).toBeInstanceOf(RangeError);
    expect(await failureOf(UnixListener.bind({ path: long }))).toBeInstanceOf(RangeError);
    expect(await failureOf(UnixStream.connect({ path: "/tmp/a\0b" }))).toBeInstanceOf(TypeError);
  });

  test.each([0, -1, 1.5])("a backlog of %p is refused", async (backlog) => {
    expect(String(await failureOf(TcpListener.bind({ backlog })))).toBe(
      `RangeError: Cannot use backlog "${backlog}": pass a whole number, 1 or more`,
    );
  });

  test("a connect whose signal is aborted already opens nothing", async () => {
    const signal = AbortSignal.abort("before");
    expect(await failureOf(TcpStream.connect({ port: 1, signal }))).toBe("before");
    expect(await failureOf(UnixStream.connect({ path: "/nowhere", signal }))).toBe("before");
  });
});

test("options of a live socket: no delay and keep-alive", async () => {
  await using listener = await TcpListener.bind({});
  await using client = await TcpStream.connect({ port: listener.address.port });
  await using _server = await listener.accept();
  client.setNoDelay(false);
  client.setNoDelay();
  client.setKeepAlive({ idleMs: 1500, intervalMs: 1000, count: 3 });
  client.setKeepAlive(false);
  expect(() => client.setKeepAlive({ idleMs: -1 })).toThrow(
    new RangeError('Cannot use idleMs "-1": pass milliseconds above 0'),
  );
  await yieldNow();
});
