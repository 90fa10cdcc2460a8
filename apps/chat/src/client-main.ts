import { TimeoutError } from "@bascule/core";
import { TcpStream } from "@bascule/net";
import {
  addressText,
  portFrom,
  readCommandLine,
  runMain,
  textFrom,
  UsageError,
} from "@bascule/support";
import { type Ending, refusal } from "./client/ending.ts";
import { type ClientOptions, runPlain } from "./client/plain.ts";
import { Terminal } from "./client/terminal.ts";
import { nameTrouble, toName } from "./protocol/names.ts";

const USAGE = `Usage: ./dev chat-client [options]

Joins a chat room. On a terminal: Page Up and Down scroll, Ctrl-C leaves. With input or output
redirected it passes lines on, and ends when the input has ended and the server has answered; or
when the server refuses the name, with exit code 1 and nothing said.

  --port N        the server's port (default 6142)
  --hostname H    the server's name or address (default 127.0.0.1)
  --name X        your name in the room; the first line is, when it is left out

In the room: /who, /stats, /quit.
`;

const CONNECT_TIMEOUT_MS = 10_000;

async function main(): Promise<void> {
  const { port, hostname, name } = readCommandLine({
    program: "chat-client",
    usage: USAGE,
    options: { port: { type: "string" }, hostname: { type: "string" }, name: { type: "string" } },
  });
  const host = textFrom("hostname", hostname, "127.0.0.1");
  const trouble = name === undefined ? null : nameTrouble(toName(name));
  if (trouble !== null) throw new UsageError(refusal(trouble));
  const stream = await connect(host, portFrom(port, 6142, 1));
  const { message, exitCode } = await talk({ stream, name });
  await stream.close({ lingerMs: 500 }).catch(() => stream.reset());
  if (message !== null) process.stderr.write(`${message}\n`);
  // The input may still be open, and would keep the process.
  process.exit(exitCode);
}

async function connect(hostname: string, port: number): Promise<TcpStream> {
  try {
    return await TcpStream.connect({ hostname, port, timeoutMs: CONNECT_TIMEOUT_MS });
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error;
    const what = `${hostname}:${port} does not answer`;
    throw new UsageError(`${what}: check --hostname, --port and the firewall between`);
  }
}

async function talk(options: ClientOptions): Promise<Ending> {
  const isScreen = process.stdin.isTTY && process.stdout.isTTY && Bun.env["TERM"] !== "dumb";
  if (!isScreen) return await runPlain(options);
  using terminal = new Terminal(options, addressText(options.stream.remoteAddress));
  return await terminal.run();
}

await runMain(main);
