import { expect, setDefaultTimeout, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DeafOutput, Program } from "@bascule/support";

// Bounded, and long enough for a machine that is busy with something else.
setDefaultTimeout(30_000);

const ECHO = join(import.meta.dir, "main.ts");

async function fails(args: readonly string[], env: Record<string, string>, message: RegExp) {
  await using program = Program.start([ECHO, ...args], { env });
  const { exitCode, output, errors } = await program.ended();
  expect(errors).toMatch(message);
  // One message: no stack trace, nothing on the output.
  expect(errors.trimEnd().split("\n")).toHaveLength(1);
  expect({ exitCode, output }).toEqual({ exitCode: 1, output: "" });
}

test("a port that is in use", async () => {
  const { program, port } = await Program.serve([ECHO, "--port", "0"]);
  await using _ending = program;
  await fails(["--port", `${port}`], {}, /^Cannot listen on 127\.0\.0\.1:\d+: something listens/);
});

test("options that are wrong", async () => {
  await fails(["--port", "99999"], {}, /^"99999" is not a port: pass/);
  await fails(["--port", "abc"], {}, /^"abc" is not a port: pass/);
  await fails(["--port", "-1"], {}, /^"-1" is not a port: pass/);
  await fails(["--bogus"], {}, /^Unknown option '--bogus': .*--help/);
  await fails(["--unix", "/tmp/x", "--port", "1"], {}, /^--unix goes with neither/);
});

test("a host that is not known, and an address that is not ours", async () => {
  await fails(["--hostname", "no..where"], {}, /^Unknown host "no\.\.where": check/);
  await fails(["--hostname", "192.0.2.1"], {}, /^Cannot listen on 192\.0\.2\.1.*no such address/);
});

test("socket paths that cannot be used", async () => {
  const folder = await mkdtemp(join(tmpdir(), "bascule-echo-"));
  const file = join(folder, "file");
  await writeFile(file, "");
  await fails(["--unix", file], {}, /file exists already/);
  await fails(["--unix", join(file, "sock")], {}, /folder is a file/);
  await fails(["--unix", join(folder, "no", "sock")], {}, /folder does not exist/);
  await fails(["--unix", join(folder, "x".repeat(120))], {}, /^--unix has more than 107 bytes/);
  const live = Bun.listen({ unix: join(folder, "live"), socket: { data() {} } });
  await fails(["--unix", join(folder, "live")], {}, /: something listens there already\. Stop it/);
  live.stop();
  await fails(["--unix", ""], {}, /^--unix is empty/);
  await rm(folder, { recursive: true });
});

test("a driver that is not known, and a liburing that is not there", async () => {
  await fails(["--port", "0"], { BASCULE_DRIVER: "bogus" }, /^Cannot use driver "bogus".*To fix:/);
  const env = { BASCULE_DRIVER: "uring", BASCULE_LIBURING: "/nowhere/liburing.so.2" };
  await fails(["--port", "0"], env, /^Cannot use driver "uring".*liburing.*To fix:/);
});

for (const kind of ["closed", "full"] as const) {
  test(`an output that is ${kind} ends no server`, async () => {
    using output = DeafOutput[kind]();
    const server = Bun.spawn([process.execPath, ECHO, "--port", "0"], {
      stdin: "ignore",
      stdout: output.fd,
      stderr: "pipe",
      // Says on stderr that it has started.
      env: { ...process.env, BASCULE_LOG: "info" },
    });
    let errors = "";
    for await (const chunk of server.stderr.pipeThrough(new TextDecoderStream())) {
      errors += chunk;
      server.kill("SIGTERM");
    }
    expect(errors).toMatch(/^bascule: driver .*\n$/);
    expect(await server.exited).toBe(0);
  });
}

test("--help is no failure", async () => {
  await using program = Program.start([ECHO, "--help"]);
  const { exitCode, output, errors } = await program.ended();
  expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: "" });
  expect(output).toContain("--unix PATH");
});

for (const [kind, code] of [
  ["closed", "EPIPE"],
  ["full", "ENOSPC"],
] as const) {
  test(`a help for an output that is ${kind} is a failure`, async () => {
    using output = DeafOutput[kind]();
    const help = Bun.spawn([process.execPath, ECHO, "--help"], {
      stdout: output.fd,
      stderr: "pipe",
    });
    expect(await help.stderr.text()).toMatch(new RegExp(`^Cannot print the help: ${code}: .*\n$`));
    expect(await help.exited).toBe(1);
  });
}
