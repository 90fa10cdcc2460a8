import { expect, test } from "bun:test";
import { Program } from "@bascule/support";
import { Chat, CLIENT, SERVER } from "./chat.ts";

async function fails(argv: readonly string[], message: RegExp, env: Record<string, string> = {}) {
  await using program = Program.start(argv, { env });
  const { exitCode, output, errors } = await program.ended();
  expect(errors).toMatch(message);
  // One message: no stack trace, nothing on the output.
  expect(errors.trimEnd().split("\n")).toHaveLength(1);
  expect({ exitCode, output }).toEqual({ exitCode: 1, output: "" });
}

test("the server's options are checked", async () => {
  await fails([SERVER, "--port", "99999"], /^"99999" is not a port: pass --port a number/);
  await fails([SERVER, "--port", "abc"], /^"abc" is not a port: pass --port a number/);
  await fails([SERVER, "--port", "-1"], /^"-1" is not a port: pass --port a number/);
  await fails([SERVER, "--bogus"], /^Unknown option '--bogus': .*chat --help/);
  await fails([SERVER, "--hostname", "no..where"], /^Unknown host "no\.\.where"/);
});

test("a port in use is said to be in use", async () => {
  await using chat = await Chat.start();
  await fails(
    [SERVER, "--port", `${chat.port}`],
    /^Cannot listen on 127.*Stop it, or pass another/,
  );
});

test("a driver that cannot be had is said to be missing, with the fix", async () => {
  const bogus = { BASCULE_DRIVER: "bogus" };
  await fails([SERVER, "--port", "0"], /^Cannot use driver "bogus".*To fix: set/, bogus);
  const noDriver = { BASCULE_DRIVER: "node:fs" };
  await fails([SERVER, "--port", "0"], /^Cannot use "node:fs".*To fix: set/, noDriver);
  const missing = { BASCULE_DRIVER: "uring", BASCULE_LIBURING: "/nowhere/liburing.so.2" };
  await fails([SERVER, "--port", "0"], /^Cannot use driver "uring".*liburing.*To fix:/, missing);
});

test("auto goes on with epoll where liburing is missing, and says why", async () => {
  const env = { BASCULE_DRIVER: "auto", BASCULE_LIBURING: "/nowhere/liburing.so.2" };
  const { program } = await Program.serve([SERVER, "--port", "0"], { env });
  await using _ending = program;
  expect(program.output.text).toMatch(/ \(epoll: .*uring.*liburing.*\)\n$/);
});

test("the client's options are checked", async () => {
  await fails([CLIENT, "--port", "0"], /^"0" is not a port: pass --port a number from 1/);
  await fails([CLIENT, "--name", ""], /^Cannot join: That name is empty.* Pass another --name$/m);
  await fails([CLIENT, "--name", "a\u001bb"], /^Cannot join: .* cannot be printed/);
  await fails([CLIENT, "--name", "ann\nhello"], /^Cannot join: .* cannot be printed/);
  await fails([CLIENT, "--who"], /^Unknown option '--who': .*chat-client --help/);
  await fails([CLIENT, "--hostname", "no..where"], /^Unknown host "no\.\.where"/);
});

test("the client says that nobody listens", async () => {
  const { program, port } = await Program.serve([SERVER, "--port", "0"]);
  program.signal("SIGTERM");
  await program.ended();
  await fails([CLIENT, "--port", `${port}`], /^Cannot connect to 127.*Start a server with \.\/dev/);
});

test("a server in a simulated world says that nobody else can join", async () => {
  const env = { BASCULE_DRIVER: "sim" };
  await using program = Program.start([SERVER, "--port", "0"], { env });
  await program.output.waitFor(/\(sim: "sim" was asked for; only this process can connect\)\n/);
});
