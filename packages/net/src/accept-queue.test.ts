import { expect, test } from "bun:test";
import { Descriptor, type Operation, Runtime, spawn } from "@bascule/core";
import { AF_INET, closeDescriptor, createSocket, ENFILE, SOCK_STREAM } from "@bascule/sys";
import { AcceptQueue } from "./accept-queue.ts";
import { TcpListener } from "./tcp-listener.ts";
import { TcpStream } from "./tcp-stream.ts";

test("a connection that cannot become a stream is closed, and the listener goes on", async () => {
  await using listener = await TcpListener.bind();
  const { port } = listener.address;
  const refuse = {
    makeStream(): never {
      throw new Error("No stream today");
    },
  };
  Object.assign(listener, refuse);
  const failure = spawn(() => listener.accept()).catch((error: unknown) => error);
  await using refused = await TcpStream.connect({ port });
  expect(await failure).toEqual(new Error("No stream today"));
  expect(await refused.read()).toBeNull();

  Reflect.deleteProperty(listener, "makeStream");
  const accepted = spawn(() => listener.accept());
  await using client = await TcpStream.connect({ port });
  await using server = await accepted;
  await client.write("on");
  expect((await server.readExactly(2)).byteLength).toBe(2);
});

test("ref and unref count while it waits for descriptors, too", () => {
  const runtime = Runtime.current();
  const { timers } = runtime.loop;
  const fd = createSocket(AF_INET, SOCK_STREAM);
  const address = { family: "IPv4", address: "127.0.0.1", port: 1 } as const;
  const queue = new AcceptQueue(runtime, new Descriptor(fd), address);
  const { armed, referenced } = timers;
  try {
    queue.setReferenced(false);
    queue.onCompletion({} as Operation, -ENFILE, false);
    expect([timers.armed - armed, timers.referenced - referenced]).toEqual([1, 0]);
    queue.setReferenced(true);
    expect([timers.armed - armed, timers.referenced - referenced]).toEqual([1, 1]);
    queue.setReferenced(false);
    expect([timers.armed - armed, timers.referenced - referenced]).toEqual([1, 0]);
  } finally {
    queue.close("done");
    closeDescriptor(fd);
  }
});
