import { isatty } from "node:tty";
import { Runtime } from "@bascule/core";
import { File, open } from "@bascule/fs";

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

/** Standard output as a file: `write` waits for a pipe that is full. */
export function standardOutput(): Promise<File> {
  return standardStream(STDOUT, "/dev/stdout", "a");
}

/**
 * Waiting without a thread takes a descriptor that does not block, which all who share an open file
 * get to feel. A terminal is shared with the shell, so it is opened anew; pipes are ours alone.
 */
async function standardStream(fd: number, path: string, flags: "r" | "a"): Promise<File> {
  return isatty(fd) ? await open(path, flags) : new File(Runtime.current(), fd, 0);
}
