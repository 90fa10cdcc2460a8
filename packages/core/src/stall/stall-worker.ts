import { writeSync } from "node:fs";
import { workerData } from "node:worker_threads";
import { StallBoard } from "./stall-board.ts";

// The body of the thread that watches for polls that do not end. The watched thread cannot say
// anything while it is in one, so this one writes to stderr itself, once for each such poll.
const STDERR = 2;
const { memory, stallMs } = workerData as { memory: SharedArrayBuffer; stallMs: number };
const board = new StallBoard(memory);
let seen = 0;
let told = 0;

while (board.sleep(stallMs)) {
  const poll = board.runningPoll;
  if (poll !== 0 && poll === seen && poll !== told) {
    const text = board.read(poll);
    if (text !== null) {
      told = poll;
      writeSync(STDERR, `bascule: ${text} has been running for over ${stallMs} ms in one poll\n`);
    }
  }
  seen = poll;
}
