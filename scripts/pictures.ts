// Draws the pictures of docs/observability.md from real runs: bun scripts/pictures.ts [top|trace]
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { terminalSvg } from "./pictures/terminal-svg.ts";
import { type TraceEvent, traceSvg } from "./pictures/trace-svg.ts";
import { ROOT } from "./workspaces.ts";

const COLUMNS = 172;
const ROWS = 26;
const TALK_EVERY_MS = 5;
const SETTLE_MS = 3000;
const SPAN_MICROS = 480;
const ECHOES = 6;

const wanted = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "bascule-pictures-"));
try {
  if (wanted.length === 0 || wanted.includes("top")) await drawTop();
  if (wanted.length === 0 || wanted.includes("trace")) await drawTrace();
} finally {
  rmSync(folder, { recursive: true });
}

/** The chat room with a few people who talk, in `bascule top`. */
async function drawTop(): Promise<void> {
  const socket = join(folder, "top.sock");
  await using server = await serve("apps/chat/src/main.ts", { BASCULE_TOP: socket });
  using _people = await join30(server.port);
  let screen = "";
  await using terminal = new Bun.Terminal({
    cols: COLUMNS,
    rows: ROWS,
    data: (_terminal, chunk) => void (screen += new TextDecoder().decode(chunk)),
  });
  const command = ["bun", join(ROOT, "packages/console/src/bascule.ts"), "top", socket];
  const top = Bun.spawn(command, { terminal });
  await Bun.sleep(SETTLE_MS);
  terminal.write("q");
  await top.exited;
  const frames = screen.replaceAll(`${ROOT}/`, "").split("\u001b[H");
  const lines = (frames.at(-1) ?? "").split("\u001b[K").map((line) => line.replace(/[\r\n]/g, ""));
  const picture = terminalSvg(lines.slice(0, ROWS), COLUMNS);
  writeFileSync(join(ROOT, "docs/top.svg"), picture);
}

/** Some hundred microseconds of the echo server. */
async function drawTrace(): Promise<void> {
  const path = join(folder, "trace.json");
  {
    await using server = await serve("apps/echo/src/main.ts", { BASCULE_TRACE: path });
    using _people = await keepEchoing(server.port);
    await Bun.sleep(SETTLE_MS);
  }
  const events = JSON.parse(readFileSync(path, "utf8")) as TraceEvent[];
  const polls = events.filter(({ cat }) => cat === "poll");
  const fromMicros = (polls.at(-Math.min(2000, polls.length))?.ts ?? 0) - 50;
  const title = `BASCULE_TRACE: ${SPAN_MICROS} µs of ./dev echo with ${ECHOES} connections`;
  writeFileSync(join(ROOT, "docs/trace.svg"), traceSvg(events, title, fromMicros, SPAN_MICROS));
}

interface Server extends AsyncDisposable {
  readonly port: number;
}

async function serve(program: string, environment: Record<string, string>): Promise<Server> {
  const child = Bun.spawn(["bun", program, "--port", "0"], {
    cwd: ROOT,
    env: { ...Bun.env, ...environment },
    stdout: "pipe",
  });
  for await (const chunk of child.stdout) {
    const port = Number(/:(\d+) /.exec(new TextDecoder().decode(chunk))?.[1]);
    return {
      port,
      async [Symbol.asyncDispose]() {
        child.kill("SIGTERM");
        await child.exited;
      },
    };
  }
  throw new Error(`"${program}" did not listen`);
}

/** A few clients who send again whatever comes back. */
async function keepEchoing(port: number): Promise<Disposable> {
  const sockets = await Promise.all(
    Array.from({ length: ECHOES }, () =>
      Bun.connect({
        hostname: "127.0.0.1",
        port,
        socket: { data: (socket, chunk) => void socket.write(chunk) },
      }),
    ),
  );
  for (const [index, socket] of sockets.entries()) socket.write("x".repeat(64 * (index + 1)));
  return {
    [Symbol.dispose]() {
      for (const socket of sockets) socket.end();
    },
  };
}

/** Thirty clients who say something every few milliseconds. */
async function join30(port: number): Promise<Disposable> {
  const sockets = await Promise.all(
    Array.from({ length: 30 }, () =>
      Bun.connect({ hostname: "127.0.0.1", port, socket: { data: () => undefined } }),
    ),
  );
  for (const [index, socket] of sockets.entries()) socket.write(`person${index}\n`);
  let turn = 0;
  const talking = setInterval(() => {
    for (let i = 0; i < 6; i++) sockets[turn++ % sockets.length]?.write(`hello ${turn}\n`);
  }, TALK_EVERY_MS);
  return {
    [Symbol.dispose]() {
      clearInterval(talking);
      for (const socket of sockets) socket.end();
    },
  };
}
