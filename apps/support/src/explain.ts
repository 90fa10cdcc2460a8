import { lstatSync } from "node:fs";
import { isIP } from "node:net";
import { DriverUnavailableError } from "@bascule/core";
import { UsageError } from "./command-line.ts";

/** The fields of a system error that the table below speaks of. */
interface SystemFailure extends Error {
  readonly code: string;
  readonly syscall?: string;
  readonly address?: string;
  readonly port?: number;
  readonly path?: string;
  readonly hostname?: string;
}

/** By error code: what is wrong with the place, and what mends it. */
const BINDING: Readonly<Record<string, string>> = {
  EADDRINUSE: "something listens there already. Stop it, or pass another --port",
  EADDRNOTAVAIL: "this machine has no such address. Pass --hostname 127.0.0.1, 0.0.0.0 or ::1",
  EACCES: "ports below 1024 are reserved for root. Pass a --port from 1024 on",
  EPERM: "the system forbids it. Pass another --port or --hostname",
  EINVAL: "it needs its interface, as in fe80::1%eth0, or is a group's. Pass another --hostname",
  EAFNOSUPPORT: "this machine does not speak that address family. Pass --hostname 127.0.0.1",
};

const BINDING_PATH: Readonly<Record<string, string>> = {
  EADDRINUSE: "something listens there already. Stop it, or pass another --unix path",
  EEXIST: "the file exists already. Remove it if nobody needs it, or pass another --unix path",
  EISDIR: "it is a folder. Pass --unix a path in it",
  EACCES: "the folder does not let you create files. Pass --unix a path in a folder of your own",
  EPERM: "the folder does not let you create files. Pass --unix a path in a folder of your own",
  ENOENT: "its folder does not exist. Create it, or pass another --unix path",
  ENOTDIR: "its folder is a file. Pass another --unix path",
  EROFS: "the file system is read-only. Pass another --unix path",
  ENAMETOOLONG: "the path of a socket has at most 107 bytes. Pass a shorter --unix path",
};

const CONNECTING: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there. Start a server with ./dev chat, or check --port",
  ETIMEDOUT: "it does not answer. Check --hostname, --port and the firewall between",
  EHOSTUNREACH: "there is no way to that address. Check --hostname and the network",
  ENETUNREACH: "there is no way to that network. Check --hostname and the network",
  EINVAL: "it needs its interface, as in fe80::1%eth0. Check --hostname",
  ECONNRESET: "it closed the connection. Try again",
};

const ANYWHERE: Readonly<Record<string, string>> = {
  EMFILE: "Too many open files: raise the limit with ulimit -n",
  ENFILE: "Too many open files in the whole system: raise fs.file-max with sysctl",
  ENOMEM: "Not enough memory: close other programs, or raise the limit with ulimit -v",
};

/** The message for whoever started the program: the cause and the fix, without a stack trace. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof UsageError || error instanceof DriverUnavailableError) return error.message;
  // Of a name with several addresses each was tried; the first says what is wrong.
  if (error instanceof AggregateError && error.errors.length > 0) return explain(error.errors[0]);
  if (!hasCode(error)) return error.message;
  return unknownHost(error) ?? ANYWHERE[error.code] ?? placeTrouble(error) ?? error.message;
}

function placeTrouble(error: SystemFailure): string | null {
  const { syscall, code } = error;
  if (syscall === "connect") {
    const why = CONNECTING[code];
    return why === undefined ? null : `Cannot connect to ${placeOf(error)}: ${why}`;
  }
  if (syscall !== "listen") return null;
  const pathCode = code === "EADDRINUSE" && isPath(error) ? codeOfUsedPath(error) : code;
  const why = isPath(error) ? BINDING_PATH[pathCode] : BINDING[code];
  return why === undefined ? null : `Cannot listen on ${placeOf(error)}: ${why}`;
}

function unknownHost(error: SystemFailure): string | null {
  if (error.syscall !== "getaddrinfo") return null;
  const host = error.hostname ?? error.address ?? "";
  if (error.code === "EAI_AGAIN") {
    return `Cannot look up "${host}": no name server answers. Try again, or pass an IP address`;
  }
  return `Unknown host "${host}": check the spelling of --hostname, or pass an IP address`;
}

/** A port that was left to the system is not in an error either. */
function isPath({ address, path, port }: SystemFailure): boolean {
  return path !== undefined || (address !== undefined && port === undefined && isIP(address) === 0);
}

/**
 * The code of a path that is in use: bind(2) has one for whatever is in the way. A socket that
 * nobody listens on is no trouble: the listener has taken its place.
 */
function codeOfUsedPath({ address, path }: SystemFailure): string {
  const there = lstatSync(address ?? path ?? "", { throwIfNoEntry: false });
  if (there === undefined || there.isSocket()) return "EADDRINUSE";
  return there.isDirectory() ? "EISDIR" : "EEXIST";
}

function placeOf({ address, port, path }: SystemFailure): string {
  const place = address ?? path ?? "that address";
  if (port === undefined) return place;
  return place.includes(":") ? `[${place}]:${port}` : `${place}:${port}`;
}

function hasCode(error: Error): error is SystemFailure {
  return "code" in error && typeof error.code === "string";
}
