import { expect, test } from "bun:test";
import { programPath } from "../contender.ts";
import type { EchoLoadSettings } from "./echo-settings.ts";

const ECHO_LOAD = programPath("./load/echo-main.ts");
const TIME_LIMIT_MS = 20_000;

/** Runs the echo load against a server that answers a message with what `answer` makes of it. */
async function runEchoLoad(answer: (message: Buffer) => Uint8Array) {
  using server = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: { data: (socket, message) => void socket.write(answer(message)) },
  });
  const settings: EchoLoadSettings = {
    port: server.port,
    connections: 4,
    messageBytes: 64,
    serverProcessId: 0,
    warmUpSeconds: 0,
    seconds: 0.1,
  };
  const child = Bun.spawn({
    cmd: [process.execPath, ECHO_LOAD, JSON.stringify(settings)],
    stdout: "pipe",
    stderr: "pipe",
    timeout: TIME_LIMIT_MS / 2,
    killSignal: "SIGKILL",
  });
  const [output, errors] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  await child.exited;
  return { output, errors, exitCode: child.exitCode };
}

test(
  "a load that has told its result ends by itself",
  async () => {
    const { output, errors, exitCode } = await runEchoLoad((message) => message);
    expect(errors).toBe("");
    expect(JSON.parse(output)).toMatchObject({ messages: expect.any(Number) });
    expect(exitCode).toBe(0);
  },
  TIME_LIMIT_MS,
);

test(
  "a load that got a wrong byte ends by itself, although its other connections are open",
  async () => {
    let answers = 0;
    const { output, errors, exitCode } = await runEchoLoad((message) => {
      if (++answers === 9) message[0] = (message[0] ?? 0) ^ 1;
      return message;
    });
    expect(errors).toMatch(/^Connection \d got wrong bytes at offset \d+\n$/);
    expect(output).toBe("");
    expect(exitCode).toBe(1);
  },
  TIME_LIMIT_MS,
);
