import { isIP } from "node:net";
import {
  currentTask,
  type Runtime,
  suspend,
  SystemError,
  type SystemErrorDetails,
  type WaitOptions,
} from "@bascule/core";
import type { InternetAddress } from "@bascule/sys";
import { checkPort } from "./arguments.ts";
import { systemOf } from "./system.ts";

/**
 * The addresses of a host, in the order in which to try them: an IP address is itself, `localhost`
 * is both loopback addresses (RFC 6761), any other name is asked of Bun's resolver.
 */
export async function resolve(
  runtime: Runtime,
  hostname: string,
  port: number,
  options?: WaitOptions,
): Promise<InternetAddress[]> {
  return known(hostname, port) ?? (await ask(runtime, hostname, port, options));
}

/** The addresses of a host that nobody needs to be asked for, or null. */
export function known(hostname: string, port: number): InternetAddress[] | null {
  if (typeof hostname !== "string" || hostname === "") {
    throw new TypeError(`Cannot use hostname "${hostname}": pass a name or an IP address`);
  }
  checkPort(port, 0);
  const bare =
    hostname.startsWith("[") && hostname.endsWith("]") ? hostname.slice(1, -1) : hostname;
  const zone = bare.indexOf("%");
  const kind = isIP(zone < 0 ? bare : bare.slice(0, zone));
  if (kind !== 0) return [{ family: kind === 4 ? "IPv4" : "IPv6", address: bare, port }];
  if (hostname.toLowerCase() === "localhost") {
    return [
      { family: "IPv4", address: "127.0.0.1", port },
      { family: "IPv6", address: "::1", port },
    ];
  }
  return null;
}

/** A look-up cannot be taken back: an aborted one goes on, and nobody hears of it. */
function ask(
  runtime: Runtime,
  hostname: string,
  port: number,
  options: WaitOptions | undefined,
): Promise<InternetAddress[]> {
  return suspend<InternetAddress[]>((waker) => {
    systemOf(runtime)
      .lookup(hostname)
      .then(
        (found) => waker.wake(found.map(({ address, family }) => internet(family, address, port))),
        (error: unknown) => waker.fail(lookupError(runtime, hostname, error)),
      );
  }, options);
}

function internet(family: number, address: string, port: number): InternetAddress {
  return { family: family === 4 ? "IPv4" : "IPv6", address, port };
}

/** Node's numbers of what its `lookup` fails with: Bun's resolver gives others. */
const NODE_ERRNO: Readonly<Record<string, number>> = { ENOTFOUND: -3008, EAI_AGAIN: -3001 };

/** Bun's resolver has error codes of its own; a program expects Node's. */
function lookupError(runtime: Runtime, hostname: string, error: unknown): SystemError {
  const found = (error as { code?: string }).code ?? "";
  const bare = found.startsWith("DNS_") ? found.slice("DNS_".length) : found;
  const code = bare === "" ? "ENOTFOUND" : bare;
  const details: SystemErrorDetails = {
    code,
    errno: NODE_ERRNO[code] ?? (error as { errno?: number }).errno ?? -1,
    syscall: "getaddrinfo",
    address: hostname,
    driver: runtime.driver.name,
  };
  const task = currentTask();
  if (task !== undefined) details.task = task.name;
  return Object.assign(new SystemError(details), { hostname, cause: error });
}
