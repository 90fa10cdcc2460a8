import { expect, test } from "bun:test";
import { Folder } from "../test/folder.ts";
import { run, shell } from "../test/program.ts";

const POEM = "The Owl and the Pussy-cat\nwent to sea\r\nin a beautiful (pea-green) boat";

async function grep(...args: string[]): Promise<[number | null, string]> {
  const { exitCode, stdout } = await run("grep", args, { stdin: POEM });
  return [exitCode, stdout];
}

test("lines are found by expression and by text, with every option", async () => {
  expect(await grep("o[aw]", "-")).toEqual([0, "in a beautiful (pea-green) boat\n"]);
  expect(await grep("-n", "-i", "^the")).toEqual([0, "1:The Owl and the Pussy-cat\n"]);
  expect(await grep("-F", "(pea")).toEqual([0, "in a beautiful (pea-green) boat\n"]);
  expect(await grep("-v", "a t")).toEqual([
    0,
    "The Owl and the Pussy-cat\nwent to sea\nin a beautiful (pea-green) boat\n",
  ]);
  expect(await grep("-c", "ea")).toEqual([0, "2\n"]);
  expect(await grep("sea$")).toEqual([0, "went to sea\n"]);
});

test("the exit code says whether anything was found, or went wrong", async () => {
  using folder = new Folder();
  folder.write("file", "one\n");
  expect(await grep("nothing like it")).toEqual([1, ""]);
  const failed = await run("grep", ["one", "absent", ".", "file"], { folder: folder.path });
  expect(failed).toMatchObject({
    exitCode: 2,
    stdout: "file:one\n",
    stderr: "grep: absent: no such file or directory\ngrep: .: illegal operation on a directory\n",
  });
  const wrong = await run("grep", ["("]);
  expect(wrong.exitCode).toBe(2);
  expect(wrong.stderr).toStartWith('grep: "(" is not a regular expression');
  expect((await run("grep", [])).stderr).toBe("grep: Pass a pattern\nTry --help\n");
});

test("a hundred megabytes take no more memory than one", async () => {
  using folder = new Folder();
  const block = `${"all work and no play ".repeat(5)}\n`.repeat(10_000).slice(0, 1 << 20);
  folder.write("small", block);
  await shell(
    "for i in $(seq 100); do cat small; done > large; echo 'a needle' >> large",
    folder.path,
  );
  const options = { folder: folder.path };
  const small = await run("grep", ["-n", "needle", "small"], options);
  const large = await run("grep", ["-c", "needle", "large"], options);
  expect([small.exitCode, small.stdout]).toEqual([1, ""]);
  expect([large.exitCode, large.stdout]).toEqual([0, "1\n"]);
  expect(large.peakBytes - small.peakBytes).toBeLessThan(60 << 20);
});

test("a reader who has seen enough ends it", async () => {
  using folder = new Folder();
  folder.write("lines", "found\n".repeat(1_000_000));
  const output = await shell('$grep found lines | head -n 1; echo "${PIPESTATUS[0]}"', folder.path);
  expect(output).toBe("found\n141\n");
});
