import { readFileSync } from "node:fs";

/** Where the two sides of a measurement run. */
export interface Cores {
  /** Command that pins what follows it to the server's core; empty when it cannot be pinned. */
  readonly server: readonly string[];
  readonly load: readonly string[];
  /** One line for the person who reads the figures. */
  readonly note: string;
}

/**
 * Server and load on a core each, with taskset(1) from util-linux. Without it, or on one core, both
 * run where the kernel puts them and the note says so.
 */
export function chooseCores(): Cores {
  const taskset = Bun.which("taskset");
  const [server, load] = allowedCores(readFileSync("/proc/self/status", "utf8"));
  if (taskset === null) {
    return {
      server: [],
      load: [],
      note: "not pinned: taskset is missing (apt-get install util-linux)",
    };
  }
  if (server === undefined || load === undefined) {
    return { server: [], load: [], note: "not pinned: there is only one core" };
  }
  return {
    server: [taskset, "-c", String(server)],
    load: [taskset, "-c", String(load)],
    note: `server on core ${server}, load on core ${load}`,
  };
}

/** The cores that a process may run on, from `Cpus_allowed_list` (`0-3,8`) in its proc status. */
export function allowedCores(status: string): number[] {
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1] ?? "0";
  return list.split(",").flatMap((range) => {
    const [first = 0, last = first] = range.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}
