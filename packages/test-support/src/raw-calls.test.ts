import { expect, spyOn, test } from "bun:test";
import {
  AF_INET,
  bindSocket,
  closeDescriptor,
  connect,
  createSocket,
  listenSocket,
  localAddress,
  SOCK_STREAM,
  WOULD_BLOCK,
} from "@bascule/sys";
import { connectRaw, memoryOf, must } from "./raw-calls.ts";

test("memory of which only the address is known to a call stays until it returns", () => {
  using open = new DisposableStack();
  const [listener, client] = [AF_INET, AF_INET].map((family) => {
    const fd = must(createSocket(family, SOCK_STREAM));
    open.defer(() => void closeDescriptor(fd));
    return fd;
  }) as [number, number];
  must(bindSocket(listener, { family: "IPv4", address: "127.0.0.1", port: 0 }));
  must(listenSocket(listener, 1));
  const address = localAddress(listener);
  if (typeof address === "number") throw new Error(`errno ${-address}`);
  const { attempt } = connect;
  using spy = spyOn(connect, "attempt");
  spy.mockImplementation((frame) => {
    Bun.gc(true);
    // Whatever was freed is taken again.
    const others = Array.from({ length: 500 }, () => memoryOf("something else.."));
    return attempt(frame) + others.length - 500;
  });
  expect(connectRaw(client, address)).toBe(WOULD_BLOCK);
});
