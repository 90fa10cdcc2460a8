// A program in which branches of select lose. It prints what reaches the process as unhandled
// rejections, as JSON: in a test, an unhandled rejection would be a failure of that test.

import { yieldNow } from "@bascule/core";
import { Notify, select } from "../src/index.ts";

const reported: string[] = [];
process.on("unhandledRejection", (error) => reported.push(String(error)));

const idle = new Notify();
await select({
  winner: () => yieldNow(),
  aborted: (signal) => idle.notified({ signal }),
  wrapsTheAbort: async () => {
    try {
      await idle.notified();
    } catch (cause) {
      throw new Error("cannot go on", { cause });
    }
  },
  cleansUp: async () => {
    await using _held = { [Symbol.asyncDispose]: () => idle.notified() };
    await idle.notified();
  },
  fails: async () => {
    try {
      await idle.notified();
    } finally {
      await Promise.reject(new Error("broken in clean-up"));
    }
  },
});
setImmediate(() => console.log(JSON.stringify(reported)));
