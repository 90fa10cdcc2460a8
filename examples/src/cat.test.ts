import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { Folder } from "../test/folder.ts";
import { run, shell, start } from "../test/program.ts";

test("files come out one after the other, with standard input where it is named", async () => {
  using folder = new Folder();
  folder.write("one", "1\n");
  folder.write("two", "2\n");
  const ended = await run("cat", ["one", "-", "two"], { folder: folder.path, stdin: "input\n" });
  expect(ended).toMatchObject({ exitCode: 0, stdout: "1\ninput\n2\n", stderr: "" });
});

test("without a file it is standard input, also when it comes bit by bit", async () => {
  const running = start("cat", []);
  await running.write("first ");
  await running.write("second");
  running.endInput();
  expect(await running.end()).toMatchObject({ exitCode: 0, stdout: "first second" });
});

test("what cannot be read is told in a line, and does not keep the others back", async () => {
  using folder = new Folder();
  folder.write("there", "still here\n");
  const ended = await run("cat", ["absent", ".", "there"], { folder: folder.path });
  expect(ended).toMatchObject({
    exitCode: 1,
    stdout: "still here\n",
    stderr: "cat: absent: no such file or directory\ncat: .: illegal operation on a directory\n",
  });
});

test("redirected files are read from and appended to where they stand", async () => {
  using folder = new Folder();
  folder.write("in", "skipped\nread\n");
  folder.write("out", "before\n");
  await shell("{ read -r first; $cat - in >> out; } < in", folder.path);
  expect(readFileSync(folder.at("out"), "utf8")).toBe("before\nread\nskipped\nread\n");
});

test("a file is not written to its own end, which would never come", async () => {
  using folder = new Folder();
  folder.write("out", "1\n");
  const said = await shell("{ $cat out; $cat - < out; $grep 1 out; } 2>&1 >> out", folder.path);
  expect(said).toBe(
    "cat: out: input file is output file\ncat: -: input file is output file\n" +
      "grep: out: input file is also the output\n",
  );
  expect(readFileSync(folder.at("out"), "utf8")).toBe("1\n");
});

test("ten megabytes pass through pipes unchanged", async () => {
  using folder = new Folder();
  folder.write(
    "large",
    crypto
      .getRandomValues(new Uint8Array(1 << 16))
      .toHex()
      .repeat(80),
  );
  expect(await shell("$cat large | $cat | cmp - large && echo same", folder.path)).toBe("same\n");
});

test("a reader who has seen enough ends it without a word", async () => {
  using folder = new Folder();
  folder.writeSparse("large", 64 << 20);
  const output = await shell('$cat large | head -c 5; echo " ${PIPESTATUS[0]}"', folder.path);
  expect(output).toBe("begin 141\n");
});

test("an output that is full is told as such, once, and ends it", async () => {
  using folder = new Folder();
  for (const name of ["one", "two"]) folder.write(name, "1\n");
  const said = "standard output: no space left on device";
  for (const [program, ended] of [
    ["cat", `cat: ${said}\n1\n`],
    ["grep 1", `grep: ${said}\n2\n`],
  ] as const) {
    const line = `$${program} one two 2>&1 > /dev/full; echo $?`;
    expect(await shell(line, folder.path)).toBe(ended);
  }
});

test("Ctrl-C ends a wait for standard input", async () => {
  using folder = new Folder();
  folder.write("file", "x");
  const running = start("cat", ["file", "-"], folder.path);
  await running.output("x");
  running.send("SIGINT");
  expect(await running.end()).toMatchObject({ exitCode: 130, stdout: "x", stderr: "" });
});

test("a wrong option is told with the exit code 2, and --help is help", async () => {
  const wrong = await run("cat", ["--bogus"]);
  expect(wrong).toMatchObject({
    exitCode: 2,
    stderr: "cat: Unknown option '--bogus'\nTry --help\n",
  });
  const help = await run("cat", ["--help"]);
  expect(help.stdout).toStartWith("Usage: bun cat.ts [FILE...]");
});
