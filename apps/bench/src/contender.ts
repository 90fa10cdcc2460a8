import { driverCandidates } from "@bascule/core";
import { fileURLToPath } from "node:url";

/** One of the programs that are compared. */
export interface Contender {
  /** Key in the JSON output. */
  readonly name: string;
  /** As it stands in the table. */
  readonly label: string;
  /** Path of the program. It takes `--port 0` and prints `listening on HOST:PORT` once it is. */
  readonly program: string;
  /** Driver for `BASCULE_DRIVER`; null for a peer. */
  readonly driver: "uring" | "epoll" | null;
  /** What its server is started with beside the environment of all. */
  readonly environment?: Readonly<Record<string, string>>;
  /** The program that reports its usage, where it comes from another checkout. */
  readonly preload?: string;
}

/** One of our programs on every driver that this machine has. */
export function onOurDrivers(program: string): Contender[] {
  const missing = new Set(missingDrivers().map(({ name }) => name));
  const contenders: Contender[] = [
    { name: "proactor", label: "Bascule, io_uring", program, driver: "uring" },
    { name: "reactor", label: "Bascule, epoll", program, driver: "epoll" },
  ];
  return contenders.filter(({ driver }) => driver !== null && !missing.has(driver));
}

/** A program of other means. */
export function peer(name: string, label: string, program: string): Contender {
  return { name, label, program, driver: null };
}

/** What is left out here, and why. */
export function missingDrivers(): { name: string; cause: string }[] {
  return driverCandidates().flatMap(({ name, unavailability }) =>
    unavailability === null ? [] : [{ name, cause: unavailability.cause }],
  );
}

/** The path of a program, relative to this module. */
export function programPath(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url));
}
