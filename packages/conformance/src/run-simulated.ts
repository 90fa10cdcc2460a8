import { basename } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * The suite on the simulation: the behaviours that need nothing of this machine. What is left out
 * is printed, with the reason. With `faults` the part of it that says nothing about times runs
 * among interrupted calls, late completions and cancels, queues that are full and the like.
 */
const SIMULATED: readonly string[] = [
  "abort",
  "backpressure",
  "bad-input",
  "block-on",
  "chaos",
  "close",
  "connect-accept",
  "datagram-aborts",
  "datagrams",
  "descriptor-reuse",
  "fairness",
  "half-close",
  "large-transfer",
  "lost-race",
  "memory",
  "process-exit",
  "read-write",
  "reset",
  "residue",
  "runtime-cycles",
  "stream-api",
  "structured",
];

const WITH_FAULTS: readonly string[] = [
  "backpressure",
  "block-on",
  "close",
  "connect-accept",
  "half-close",
  "large-transfer",
  "read-write",
  "stream-api",
];

const LEFT_OUT: Readonly<Record<string, string>> = {
  "beside-bun": "Bun's and Node's own sockets are in the machine's kernel",
  blocking: "jobs run on real threads, which take real time",
  "blocking-life": "jobs run on real threads, which take real time",
  "command-peers": "nc and socat are in the machine's kernel",
  dump: "a child process is sent a real signal",
  emfile: "the limit of descriptors is a real process's",
  errors: "errors are compared with those of node:net, on the machine's kernel",
  "file-operations": "operations are given real memory, and files of the machine",
  idle: "the process's real time and system calls are measured",
  sentinel: "descriptors are looked for in /proc",
  "passed-descriptors": "the peer passes descriptors of this machine",
  signals: "a child process is sent real signals",
  timers: "real time is measured",
  wake: "another thread wakes a wait that lasts real time",
  workers: "each thread would have a world of its own",
};
const UNKNOWN = "it has folders, processes or a driver's own memory of this machine, or is new";

/** The machine may be busy with something else: what hangs is stopped all the same. */
const LIMIT_MS = 60_000;

const folder = fileURLToPath(new URL("./behaviours", import.meta.url));
const isFaulty = process.argv[2] === "faults";
if (isFaulty) run("./support/faulty-driver.ts", WITH_FAULTS.map(fileOf));
else {
  for (const file of [...new Bun.Glob("*.test.ts").scanSync(folder)].toSorted()) {
    const name = basename(file, ".test.ts");
    if (SIMULATED.includes(name)) continue;
    console.error(`Left out on the simulation: ${name}: ${LEFT_OUT[name] ?? UNKNOWN}`);
  }
  run("sim", [...SIMULATED.map(fileOf), fileURLToPath(new URL("./simulated", import.meta.url))]);
}

function fileOf(name: string): string {
  return `${folder}/${name}.test.ts`;
}

function run(driver: string, paths: readonly string[]): void {
  const named = driver.startsWith(".") ? fileURLToPath(new URL(driver, import.meta.url)) : driver;
  const argv = [process.execPath, "test", "--timeout", String(LIMIT_MS), ...paths];
  const { exitCode } = Bun.spawnSync(argv, {
    env: { BASCULE_TEST_CHAOS_MS: "250", ...process.env, BASCULE_DRIVER: named },
    stdio: ["inherit", "inherit", "inherit"],
  });
  process.exitCode = exitCode;
}
