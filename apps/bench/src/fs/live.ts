import { Histogram } from "../load/histogram.ts";
import type { FileApi } from "./file-api.ts";
import { CHUNK_BYTES, COLD_SECONDS_MAX, type FsSample, type FsSettings } from "./fs-settings.ts";
import { sequentialReads } from "./jobs.ts";
import { bigPath } from "./test-files.ts";
import { runJobs } from "./window.ts";

/**
 * Reads the big file, which is not in memory, and looks how late ticks of a millisecond come: those
 * of Bun's own clock, and of the interface's where it has one.
 */
export async function measureLive(api: FileApi, settings: FsSettings): Promise<FsSample> {
  const lateness = new Histogram();
  const firstTick = Promise.withResolvers<void>();
  const note = (latenessMs: number): void => {
    lateness.record(Math.max(latenessMs, 0) * 1e6);
    firstTick.resolve();
  };
  const endClock = api.startClock(note);
  const timer = startTimer(note);
  const file = await api.openForReading(bigPath(settings.folder), false);
  const operations = settings.sizes.bigBytes / CHUNK_BYTES;
  const limit = { seconds: COLD_SECONDS_MAX, operations };
  const run = await runJobs(api, [sequentialReads(file)], limit);
  const sample = run.sample();
  // A short read is over before the first tick, whose lateness is all that there is then.
  await firstTick.promise;
  clearInterval(timer);
  await endClock?.();
  await file.close();
  return {
    ...sample,
    p50Micros: lateness.quantile(0.5) / 1000,
    p99Micros: lateness.quantile(0.99) / 1000,
  };
}

function startTimer(onLate: (latenessMs: number) => void): NodeJS.Timeout {
  let beforeMs = performance.now();
  return setInterval(() => {
    const nowMs = performance.now();
    onLate(nowMs - beforeMs - 1);
    beforeMs = nowMs;
  }, 1);
}
