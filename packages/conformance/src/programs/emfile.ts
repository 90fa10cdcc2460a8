// A server that runs out of descriptors: it must back off without spinning, and recover. The
// clients are Bun's own sockets in a process of their own, so that they take none of the server's.
import { Runtime, sleep, spawn } from "@bascule/core";
import { TcpListener, type TcpStream } from "@bascule/net";
import { getResourceLimit, RLIMIT_NOFILE, setResourceLimit } from "@bascule/sys";

const CLIENTS = 60;
const STARVED_MS = 600;
const client = `
  const sockets = [];
  for (let i = 0; i < ${CLIENTS}; i++) {
    sockets.push(await Bun.connect({
      hostname: "127.0.0.1", port: Number(process.argv[1]),
      socket: { data(socket, bytes) { socket.end(bytes); } },
    }));
  }
  console.log("connected");
  for (const socket of sockets) socket.write("x");
`;

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

const warnings: string[] = [];
process.on("warning", (warning: Error & { code?: string }) => warnings.push(warning.code ?? ""));

const listener = await TcpListener.bind({});
const open: TcpStream[] = [];
const child = Bun.spawn([process.execPath, "-e", client, String(listener.address.port)], {
  stdout: "pipe",
  stderr: "inherit",
});
const reader = child.stdout.getReader();
await reader.read();

const { hard } = getResourceLimit(RLIMIT_NOFILE);
const limit = 40;
setResourceLimit(RLIMIT_NOFILE, { soft: limit, hard });
const accepting = spawn(async () => {
  while (open.length < CLIENTS) open.push(await listener.accept());
});
// What had been accepted before the first failure still reaches the task; then nothing moves.
for (let seen = -1; warnings.length === 0 || seen !== open.length;) {
  seen = open.length;
  await sleep(50);
}

const before = { ...Runtime.current().metrics(), cpu: cpuMs(), open: open.length };
await sleep(STARVED_MS);
const after = { ...Runtime.current().metrics(), cpu: cpuMs(), open: open.length };

// Descriptors come free as connections end, and the rest is accepted.
let served = 0;
while (served < CLIENTS) {
  const stream = open[served];
  if (stream === undefined) {
    await sleep(1);
    continue;
  }
  await stream.readExactly(1);
  await stream.close();
  served++;
}
await accepting;
await listener.close();
await child.exited;
await Runtime.current().shutdown();
process.stdout.write(
  JSON.stringify({
    warnings,
    acceptedBefore: before.open,
    acceptedWhileStarved: after.open - before.open,
    systemCallsWhileStarved: after.systemCalls - before.systemCalls,
    cpuMsWhileStarved: after.cpu - before.cpu,
    served,
  }),
);
