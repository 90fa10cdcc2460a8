import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import type { FileApi, OpenedFile } from "./file-api.ts";
import { type Outcome, outcomeOf } from "./outcome.ts";

const NAMES = ["a", "b", "d", "d/a", "d/e", "d/e/f", "a/x", "missing/a", "l", "."];
const FLAGS = ["r", "r+", "w", "w+", "wx", "a", "a+", "ax+"];
const SLOTS = 3;
const FAR = 5_000_000_000;
/** Without privileges nobody could look into a directory of 0600, or remove it. */
const MODES = process.getuid?.() === 0 ? [0o600, 0o644, 0o700, 0o755] : [0o700, 0o711, 0o755];

const name = fc.constantFrom(...NAMES);
const slot = fc.nat(SLOTS - 1);
const length = fc.oneof(fc.nat(20), fc.nat(9000), fc.constantFrom(0, 4096, 70_000));
const at = fc.oneof(
  fc.constant(undefined),
  fc.nat(30),
  fc.nat(10_000),
  fc.constantFrom(0, 4095, 4096, FAR),
);
const bytes = fc
  .tuple(length, fc.nat(250))
  .map(([count, salt]) => Uint8Array.from({ length: count }, (_, index) => (index + salt) % 251));

/** One step of a program: which call, and its arguments. */
export type Step = readonly unknown[];

/** Any step. */
export const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(fc.constant("open"), slot, name, fc.constantFrom(...FLAGS)) },
  { weight: 3, arbitrary: fc.tuple(fc.constant("read"), slot, length, at) },
  { weight: 4, arbitrary: fc.tuple(fc.constant("write"), slot, bytes, at) },
  fc.tuple(fc.constant("fileTruncate"), slot, length),
  fc.tuple(fc.constant("fileSize"), slot),
  fc.tuple(fc.constant("close"), slot),
  fc.tuple(fc.constant("readFile"), name),
  { weight: 2, arbitrary: fc.tuple(fc.constant("writeFile"), name, bytes, fc.boolean()) },
  fc.tuple(fc.constant("appendFile"), name, bytes),
  fc.tuple(fc.constant("truncate"), name, length),
  fc.tuple(fc.constant("rename"), name, name),
  fc.tuple(fc.constant("unlink"), name),
  fc.tuple(fc.constant("link"), name, name),
  fc.tuple(fc.constant("symlink"), name, name),
  fc.tuple(fc.constant("readlink"), name),
  fc.tuple(fc.constant("copyFile"), name, name, fc.constantFrom(0, 1, 2)),
  { weight: 2, arbitrary: fc.tuple(fc.constant("mkdir"), name, fc.boolean()) },
  fc.tuple(fc.constant("rm"), name, fc.boolean(), fc.boolean()),
  fc.tuple(fc.constant("readdir"), name, fc.boolean()),
  fc.tuple(fc.constant("stat"), name),
  fc.tuple(fc.constant("lstat"), name),
  fc.tuple(fc.constant("exists"), name),
  fc.tuple(fc.constant("access"), name, fc.nat(7)),
  fc.tuple(fc.constant("chmod"), name, fc.constantFrom(...MODES)),
  fc.tuple(fc.constant("utimes"), name, fc.nat(1000), fc.nat(1000)),
);

/** Runs the steps of a program one after the other, in a folder of its own. */
export class ProgramRun {
  readonly #api: FileApi;
  readonly #folder: string;
  readonly #files: (OpenedFile | null)[] = Array.from({ length: SLOTS }, () => null);

  constructor(api: FileApi, folder: string) {
    this.#api = api;
    this.#folder = folder;
  }

  /** What came of one step; `skipped` when it is about a file that is not open. */
  async run([action, ...values]: Step): Promise<Outcome> {
    if (typeof values[0] === "number") return await this.#onFile(action as string, values);
    if (action === "symlink") {
      const [target, path] = values as [string, string];
      return await outcomeOf(() => this.#api.symlink(target, join(this.#folder, path)));
    }
    const paths = action === "rename" || action === "link" || action === "copyFile" ? 2 : 1;
    const inside = values.map((value, index) =>
      index < paths ? join(this.#folder, value as string) : value,
    );
    const call = this.#api[action as keyof FileApi] as (...args: unknown[]) => unknown;
    return await outcomeOf(async () => plain(await call(...inside)));
  }

  async close(): Promise<void> {
    for (const file of this.#files) await file?.close();
  }

  async #onFile(action: string, [index, first, second]: readonly unknown[]): Promise<Outcome> {
    const files = this.#files;
    const file = files[index as number] ?? null;
    if (action === "open") {
      if (file !== null) await file.close();
      files[index as number] = null;
      return await outcomeOf(async () => {
        files[index as number] = await this.#api.open(
          join(this.#folder, first as string),
          second as string,
        );
      });
    }
    if (file === null) return { value: "skipped" };
    if (action === "close") files[index as number] = null;
    return await outcomeOf(async () => plain(await callFile(file, action, first, second)));
  }
}

async function callFile(
  file: OpenedFile,
  action: string,
  first: unknown,
  second: unknown,
): Promise<unknown> {
  switch (action) {
    case "read":
      return await file.read(first as number, second as number | undefined);
    case "write":
      return await file.write(first as Uint8Array, second as number | undefined);
    case "fileTruncate":
      return await file.truncate(first as number);
    case "fileSize":
      return await file.size();
    case "close":
      return await file.close();
    default:
      throw new TypeError(`Cannot run "${action}": it is no action`);
  }
}

/** Bytes as a digest, so that a difference is short. */
function plain(value: unknown): unknown {
  if (!(value instanceof Uint8Array)) return value;
  return `${value.byteLength} bytes, ${Bun.hash(value).toString(16)}`;
}

/** Everything below a folder: types, permissions, contents. Sparse giants by size only. */
export function describeTree(folder: string, name: string = ""): string[] {
  return readdirSync(join(folder, name))
    .toSorted()
    .flatMap((entry) => {
      const path = join(name, entry);
      const whole = join(folder, path);
      const stats = lstatSync(whole);
      const mode = stats.mode.toString(8);
      if (stats.isSymbolicLink()) return [`${path} -> ${readlinkSync(whole)}`];
      if (stats.isDirectory()) return [`${path}/ ${mode}`, ...describeTree(folder, path)];
      if (stats.size > FAR / 2) return [`${path} ${mode} ${stats.size} bytes`];
      return [`${path} ${mode} ${plain(readFileSync(whole)) as string}`];
    });
}
