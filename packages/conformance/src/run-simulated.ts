import { basename } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * The suite on the simulation, but for what needs this machine: its kernel, its time, or somebody
 * on the other side of it. What is left out is printed, with the reason.
 */
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
  timers: "real time is measured",
  wake: "another thread wakes a wait that lasts real time",
  workers: "each thread would have a world of its own",
};

const folder = fileURLToPath(new URL("./behaviours", import.meta.url));
const files = [...new Bun.Glob("*.test.ts").scanSync(folder)].toSorted();
const names = files.map((file) => basename(file, ".test.ts"));
const gone = Object.keys(LEFT_OUT).filter((name) => !names.includes(name));
if (gone.length > 0) throw new Error(`There is no behaviour ${gone.join(", ")} to leave out`);

for (const [name, reason] of Object.entries(LEFT_OUT)) {
  console.error(`Left out on the simulation: ${name}: ${reason}`);
}
const run = names.filter((name) => !(name in LEFT_OUT)).map((name) => `${folder}/${name}.test.ts`);
run.push(fileURLToPath(new URL("./simulated", import.meta.url)));
const { exitCode } = Bun.spawnSync([process.execPath, "test", ...run], {
  env: { ...process.env, BASCULE_DRIVER: "sim" },
  stdio: ["inherit", "inherit", "inherit"],
});
process.exitCode = exitCode;
