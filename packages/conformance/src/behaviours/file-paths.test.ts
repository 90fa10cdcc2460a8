import { describe, expect, test } from "bun:test";
import * as node from "node:fs";
import { pathToFileURL } from "node:url";
import * as fs from "@bascule/fs";
import type { PathLike } from "@bascule/fs";
import type { TemporaryFolder } from "@bascule/test-support";
import { failureOf, fieldsOf } from "../support/failure.ts";
import { fileTest } from "../support/file-test.ts";

/** Turns the name of something in the folder into one of the three kinds of path. */
type At = (name: string) => PathLike;

/** Everything of the package that takes a path, on names that {@link makeFolder} made. */
const CALLS: Readonly<Record<string, (at: At) => Promise<unknown>>> = {
  access: (at) => fs.access(at("file"), fs.R_OK | fs.W_OK),
  appendFile: (at) => fs.appendFile(at("file"), "more"),
  chmod: (at) => fs.chmod(at("file"), "600"),
  copyFile: (at) => fs.copyFile(at("file"), at("copy")),
  exists: (at) => fs.exists(at("file")),
  link: (at) => fs.link(at("file"), at("hard")),
  lstat: async (at) => (await fs.lstat(at("link"))).isSymbolicLink(),
  mkdir: async (at) => typeof (await fs.mkdir(at("new/ä"), { recursive: true })),
  mkdtemp: async (at) => (await fs.mkdtemp(at("temporary-"))).length,
  open: async (at) => await (await fs.open(at("file"))).close(),
  readFile: (at) => fs.readFile(at("file"), "utf8"),
  readdir: async (at) => (await fs.readdir(at("folder"), { recursive: true })).toSorted(),
  readlink: (at) => fs.readlink(at("link")),
  realpath: async (at) => (await fs.realpath(at("link"))).endsWith("/file"),
  rename: (at) => fs.rename(at("file"), at("renamed")),
  rm: (at) => fs.rm(at("folder"), { recursive: true }),
  stat: async (at) => (await fs.stat(at("link"))).size,
  symlink: (at) => fs.symlink("file", at("another")),
  truncate: (at) => fs.truncate(at("file"), 2),
  unlink: (at) => fs.unlink(at("link")),
  utimes: (at) => fs.utimes(at("file"), 1, 2.5),
  watch: async (at) => await fs.watch(at("folder")).return(),
  writeFile: (at) => fs.writeFile(at("written"), "content", { atomic: true }),
};

/** With a character that is more than one byte, and a blank, in every path. */
function makeFolder(folder: TemporaryFolder, name: string): string {
  const root = folder.at(name);
  node.mkdirSync(`${root}/folder/inner`, { recursive: true });
  node.writeFileSync(`${root}/folder/inner/a`, "");
  node.writeFileSync(`${root}/file`, "content");
  node.symlinkSync("file", `${root}/link`);
  return root;
}

/** What is in a folder, with sizes and permissions, but the random part of temporary names. */
function describeFolder(root: string): string[] {
  const names = node.readdirSync(root, { recursive: true, encoding: "utf8" });
  return names.toSorted().map((name) => {
    const stats = node.lstatSync(`${root}/${name}`);
    const size = stats.isDirectory() ? 0 : stats.size;
    return `${name.replace(/temporary-.*/, "temporary")} ${stats.mode.toString(8)} ${size}`;
  });
}

test("every function of the package that takes a path is on the list", () => {
  const functions = Object.entries(fs).filter(([, value]) => typeof value === "function");
  const names = functions.map(([name]) => name).filter((name) => /^[a-z]/.test(name));
  expect(names.toSorted()).toEqual(Object.keys(CALLS).toSorted());
});

describe.each(Object.entries(CALLS))("%s", (name, call) => {
  fileTest("does the same for a path as text, as a URL and as bytes", async (folder) => {
    const outcomes: unknown[] = [];
    for (const kind of ["text ä", "URL ä", "bytes"]) {
      const root = makeFolder(folder, kind);
      const at: At = (entry) => {
        const path = `${root}/${entry}`;
        if (kind === "text ä") return path;
        return kind === "URL ä" ? pathToFileURL(path) : Buffer.from(path);
      };
      const value = await call(at);
      outcomes.push({ value: name === "mkdtemp" ? null : value, tree: describeFolder(root) });
    }
    expect(outcomes[1]).toEqual(outcomes[0]);
    expect(outcomes[2]).toEqual(outcomes[0]);
  });
});

describe("every one of them", () => {
  fileTest(
    "refuses null bytes, and what is no path, and asks the kernel nothing",
    async (folder) => {
      for (const path of ["a\0b", Buffer.from("a\0b"), new URL("file:///a%00b")]) {
        expect(await outcomesOf(path)).toEqual(refusals("ERR_INVALID_ARG_VALUE"));
      }
      for (const path of [5, null, undefined, {}, Symbol.iterator] as never[]) {
        expect(await outcomesOf(path)).toEqual(refusals("ERR_INVALID_ARG_TYPE"));
      }
      expect(node.readdirSync(folder.path)).toEqual([]);
    },
  );

  fileTest("says that a path, or a name in it, is too long, as the kernel does", async (folder) => {
    const deep = `${folder.path}/${"a/".repeat(2100)}`;
    const long = `${folder.path}/${"n".repeat(300)}`;
    for (const path of [deep, long]) {
      expect(await outcomesOf(path)).toEqual(refusals("ENAMETOOLONG"));
      expect(await outcomesOf(Buffer.from(path))).toEqual(refusals("ENAMETOOLONG"));
    }
    expect(await fs.exists(`/${"./".repeat(2047)}`)).toBe(true);
    expect(node.readdirSync(folder.path)).toEqual([]);
  });
});

/** What each call gives for one and the same path: a value, or the code of its error. */
async function outcomesOf(path: PathLike): Promise<Record<string, unknown>> {
  const outcomes: Record<string, unknown> = {};
  for (const [name, call] of Object.entries(CALLS)) {
    try {
      outcomes[name] = await call(() => path);
    } catch (error) {
      outcomes[name] = (error as { code?: string }).code;
    }
  }
  return outcomes;
}

function refusals(code: string): Record<string, unknown> {
  const names = Object.keys(CALLS);
  return Object.fromEntries(names.map((name) => [name, name === "exists" ? false : code]));
}

/** `node:fs` with the names of its promises: it answers at once, also inside blockOn. */
const SYNC_API: unknown = new Proxy(node, {
  get: (target, name) => target[`${String(name)}Sync` as keyof typeof target],
});

/** Calls on what is not there, or is something else; both sides fail alike. */
const FAILURES: Readonly<Record<string, (api: typeof node.promises, at: string) => unknown>> = {
  "open of nothing": (api, at) => api.open(`${at}/no`),
  "open of what is there": (api, at) => api.open(`${at}/file`, "wx"),
  "readFile of a directory": (api, at) => api.readFile(`${at}/folder`),
  "writeFile of a directory": (api, at) => api.writeFile(`${at}/folder`, ""),
  "appendFile below a file": (api, at) => api.appendFile(`${at}/file/a`, ""),
  "copyFile of nothing": (api, at) => api.copyFile(`${at}/no`, `${at}/x`),
  "stat below a file": (api, at) => api.stat(`${at}/file/a`),
  "lstat of nothing": (api, at) => api.lstat(`${at}/no`),
  "readdir of a file": (api, at) => api.readdir(`${at}/file`),
  "mkdir of what is there": (api, at) => api.mkdir(`${at}/folder`),
  "mkdir over a file": (api, at) => api.mkdir(`${at}/file/a`, { recursive: true }),
  "rm of a directory": (api, at) => api.rm(`${at}/folder`),
  "rm of nothing": (api, at) => api.rm(`${at}/no`),
  "rename of nothing": (api, at) => api.rename(`${at}/no`, `${at}/x`),
  "rename over a full directory": (api, at) => api.rename(`${at}/empty`, `${at}/folder`),
  "unlink of a directory": (api, at) => api.unlink(`${at}/folder`),
  "link of nothing": (api, at) => api.link(`${at}/no`, `${at}/x`),
  "symlink over a file": (api, at) => api.symlink("a", `${at}/file`),
  "readlink of a file": (api, at) => api.readlink(`${at}/file`),
  "stat of a loop": (api, at) => api.stat(`${at}/loop`),
  "access to nothing": (api, at) => api.access(`${at}/no`),
  "chmod of nothing": (api, at) => api.chmod(`${at}/no`, 0o644),
  "utimes of nothing": (api, at) => api.utimes(`${at}/no`, 1, 2),
};

fileTest("what fails, fails as with node:fs, to the last letter", async (folder) => {
  const root = makeFolder(folder, "root");
  node.mkdirSync(`${root}/empty`);
  node.symlinkSync("loop", `${root}/loop`);
  for (const [name, call] of Object.entries(FAILURES)) {
    const fields = ["code", "errno", "syscall", "path", "dest", "message"];
    const ours = await failureOf(call(fs as never, root) as Promise<unknown>);
    const theirs = await failureOf((async () => call(SYNC_API as never, root))());
    expect({ name, ...fieldsOf(ours, ...fields) }).toEqual({
      name,
      ...fieldsOf(theirs, ...fields),
    });
  }
});
