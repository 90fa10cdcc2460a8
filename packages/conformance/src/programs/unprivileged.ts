// What a user without privileges is refused. Prints the errors' fields as JSON.
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Runtime } from "@bascule/core";
import { TcpListener, UnixListener, UnixStream } from "@bascule/net";

const NOBODY = 65_534;
const folder = mkdtempSync(join(tmpdir(), "bascule-unprivileged-"));
const path = join(folder, "socket");
await using _listener = await UnixListener.bind({ path, mode: 0o600 });
const isRoot = process.geteuid?.() === 0;
if (isRoot) {
  chmodSync(folder, 0o755);
  process.seteuid?.(NOBODY);
} else {
  // Without privileges to give up, they are taken from the owner.
  chmodSync(path, 0);
  chmodSync(folder, 0o500);
}

async function fieldsOfFailure(opened: Promise<AsyncDisposable>): Promise<unknown> {
  try {
    await (await opened)[Symbol.asyncDispose]();
    return "no failure";
  } catch (error) {
    const { code, errno, syscall, address } = error as Record<string, unknown>;
    return { code, errno, syscall, address };
  }
}

const report = {
  path,
  lowPort: await fieldsOfFailure(TcpListener.bind({ port: 1 })),
  foreignFolder: await fieldsOfFailure(UnixListener.bind({ path: join(folder, "other") })),
  foreignSocket: await fieldsOfFailure(UnixStream.connect({ path })),
};
if (isRoot) process.seteuid?.(0);
else chmodSync(folder, 0o700);
await Runtime.current().shutdown();
rmSync(folder, { recursive: true });
process.stdout.write(JSON.stringify(report));
