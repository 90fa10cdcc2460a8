import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawn } from "@bascule/core";
import { type TcpStream, TcpListener, UnixListener, type UnixStream } from "@bascule/net";

/** Whether a command is on this machine; says so when it is not. */
function has(command: string): boolean {
  if (Bun.which(command) !== null) return true;
  process.stderr.write(`skip: "${command}" is not on this machine\n`);
  return false;
}

/** Answers every line with its capitals. */
async function serveCapitals(stream: TcpStream | UnixStream): Promise<void> {
  await using conn = stream;
  for await (const line of conn.lines()) await conn.write(`${line.toUpperCase()}\n`);
}

async function talk(command: readonly string[], input: string): Promise<string> {
  const child = Bun.spawn([...command], { stdin: "pipe", timeout: 4000 });
  void child.stdin.write(input);
  await child.stdin.end();
  return await new Response(child.stdout).text();
}

test.skipIf(!has("nc"))("nc is served line by line, to the end of its input", async () => {
  await using listener = await TcpListener.bind({});
  const serving = spawn(async () => serveCapitals(await listener.accept()));
  const port = String(listener.address.port);
  expect(await talk(["nc", "-N", "127.0.0.1", port], "one\ntwo\r\nlast")).toBe("ONE\nTWO\nLAST\n");
  await serving;
});

test.skipIf(!has("socat"))("socat is served over a Unix socket", async () => {
  const folder = mkdtempSync(join(tmpdir(), "bascule-socat-"));
  const path = join(folder, "socket");
  {
    await using listener = await UnixListener.bind({ path });
    const serving = spawn(async () => serveCapitals(await listener.accept()));
    const answer = await talk(["socat", "-t", "2", "-", `UNIX-CONNECT:${path}`], "über\n");
    expect(answer).toBe("ÜBER\n");
    await serving;
  }
  rmSync(folder, { recursive: true });
});
