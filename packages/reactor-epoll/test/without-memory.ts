import { readFileSync } from "node:fs";
import { getResourceLimit, setResourceLimit } from "@bascule/sys";
import { must, openDescriptors, openedSince } from "@bascule/test-support";
import { EpollDriver } from "../src/index.ts";

const RLIMIT_AS = 9;
/** For the engine, and less than the receive pool below. */
const SPARE_BYTES = 256 << 20;

// Whatever is loaded once is there before memory is short.
new EpollDriver().destroy({ leak: false });
const usedKib = /^VmSize:\s*(\d+)/m.exec(readFileSync("/proc/self/status", "latin1"))?.[1];
const before = openDescriptors();
const { hard } = getResourceLimit(RLIMIT_AS);
must(setResourceLimit(RLIMIT_AS, { soft: Number(usedKib) * 1024 + SPARE_BYTES, hard }));
try {
  const driver = new EpollDriver({ receiveBuffers: 32768, receiveBufferBytes: 65535 });
  process.stdout.write(`${driver.name} has found memory\n`);
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  const left = openedSince(before);
  process.stdout.write(`${message}; ${left.length} left open\n`);
}
