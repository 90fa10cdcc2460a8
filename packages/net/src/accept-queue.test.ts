import { expect, test } from "bun:test";
import { spawn } from "@bascule/core";
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
