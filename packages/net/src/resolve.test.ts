import { describe, expect, test } from "bun:test";
import { Runtime, SystemError } from "@bascule/core";
import type { InternetAddress } from "@bascule/sys";
import { failureOf } from "../test/settled.ts";
import { resolve } from "./resolve.ts";

/** No name has an empty part: it is refused without a name server, so no test needs a network. */
const UNKNOWN = "no-such..host";

function resolved(hostname: string, port: number = 80): Promise<InternetAddress[]> {
  return resolve(Runtime.current(), hostname, port);
}

describe("an IP address is itself", () => {
  test.each([
    ["127.0.0.1", "IPv4", "127.0.0.1"],
    ["0.0.0.0", "IPv4", "0.0.0.0"],
    ["::1", "IPv6", "::1"],
    ["::", "IPv6", "::"],
    ["::ffff:1.2.3.4", "IPv6", "::ffff:1.2.3.4"],
    ["[::1]", "IPv6", "::1"],
    ["fe80::1%lo", "IPv6", "fe80::1%lo"],
    ["[fe80::1%2]", "IPv6", "fe80::1%2"],
  ] as const)("%s", async (hostname, family, address) => {
    expect(await resolved(hostname)).toEqual([{ family, address, port: 80 }]);
  });
});

test("localhost is both loopback addresses, IPv4 first, in any letters", async () => {
  for (const hostname of ["localhost", "LocalHost"]) {
    expect(await resolved(hostname, 0)).toEqual([
      { family: "IPv4", address: "127.0.0.1", port: 0 },
      { family: "IPv6", address: "::1", port: 0 },
    ]);
  }
});

test("no hostname and no port that is none get as far as the resolver", async () => {
  for (const hostname of ["", undefined, 5]) {
    expect(await failureOf(resolved(hostname as string))).toEqual(
      new TypeError(`Cannot use hostname "${hostname}": pass a name or an IP address`),
    );
  }
  for (const port of [-1, 65_536, 0.5, Number.NaN, "80"]) {
    expect(await failureOf(resolved(UNKNOWN, port as number))).toEqual(
      new RangeError(`Cannot use port "${port}": pass a whole number from 0 to 65535`),
    );
  }
});

test("a host that is not found: Node's shape, with the resolver's word as the cause", async () => {
  const error = (await failureOf(resolved(UNKNOWN))) as SystemError;
  expect(error).toBeInstanceOf(SystemError);
  expect(error).toMatchObject({
    code: "ENOTFOUND",
    errno: -3008,
    syscall: "getaddrinfo",
    hostname: UNKNOWN,
    message: `getaddrinfo ENOTFOUND ${UNKNOWN}`,
    driver: Runtime.current().driver.name,
  });
  expect(error.cause).toBeInstanceOf(Error);
});

test.each([
  [{ code: "EAI_AGAIN", errno: -3001 }, "EAI_AGAIN", -3001],
  [{ code: "DNS_ENOTFOUND", errno: 4 }, "ENOTFOUND", -3008],
  [{ code: "DNS_ESERVFAIL", errno: 3 }, "ESERVFAIL", 3],
  [{}, "ENOTFOUND", -3008],
])("of the resolver's failure %j the code is Node's", async (words, code, errno) => {
  const cause = Object.assign(new Error("no name server today"), words);
  const system = { lookup: () => Promise.reject(cause) };
  const runtime = { driver: { name: "epoll", system } } as unknown as Runtime;
  const error = await failureOf(resolve(runtime, "a.host", 80));
  const message = `getaddrinfo ${code} a.host`;
  expect(error).toMatchObject({ code, errno, message, hostname: "a.host", cause });
});

test("an abort ends a look-up at once, and an aborted signal before it", async () => {
  const controller = new AbortController();
  const reason = new Error("enough");
  const waiting = resolve(Runtime.current(), UNKNOWN, 1, { signal: controller.signal });
  controller.abort(reason);
  expect(await waiting.catch((error: unknown) => error)).toBe(reason);
  const late = resolve(Runtime.current(), UNKNOWN, 1, { signal: controller.signal });
  expect(await late.catch((error: unknown) => error)).toBe(reason);
});
