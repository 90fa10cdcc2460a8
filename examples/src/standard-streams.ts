import { isatty } from "node:tty";
import { AbortError, Runtime } from "@bascule/core";
import { File, open } from "@bascule/fs";
import { OutputError } from "./command.ts";

const STDIN = 0;
const STDOUT = 1;

let input: Promise<File> | null = null;

/**
 * Has `work` read a file, or standard input when the path is `-`. That stays open: its number, 0,
 * would be the next file's that somebody opens.
 */
export async function withInput<T>(path: string, work: (file: File) => Promise<T>): Promise<T> {
  if (path === "-") {
    input ??= standardStream(STDIN, "/dev/stdin", "r");
    return await work(await input);
  }
  await using file = await open(path);
  return await work(file);
}

/** Standard output. */
export class Output {
  readonly #file: File;

  constructor(file: File) {
    this.#file = file;
  }

  /** Whether it goes to the end of this very file: then reading that would never end. */
  async isSame(input: File): Promise<boolean> {
    const [target, source] = await Promise.all([this.#file.stat(), input.stat()]);
    if (!target.isFile() || source.size === 0) return false;
    return target.dev === source.dev && target.ino === source.ino;
  }

  /** Waits for a pipe that is full. @throws (rejects) OutputError, AbortError */
  async write(data: string | Uint8Array): Promise<void> {
    try {
      await this.#file.write(data);
    } catch (error) {
      throw error instanceof AbortError ? error : new OutputError(error);
    }
  }
}

export async function standardOutput(): Promise<Output> {
  return new Output(await standardStream(STDOUT, "/dev/stdout", "a"));
}

/**
 * Waiting without a thread takes a descriptor that does not block, which all who share an open file
 * get to feel. A terminal is shared with the shell, so it is opened anew; pipes are ours alone.
 */
async function standardStream(fd: number, path: string, flags: "r" | "a"): Promise<File> {
  return isatty(fd) ? await open(path, flags) : new File(Runtime.current(), fd, 0);
}
