import { expect, test } from "bun:test";
import { driverCandidates } from "@bascule/core";
import { FILE_LIMIT_MS, PASSED, runFilePart } from "../support/core-part.ts";

const hasUring = driverCandidates().every(({ unavailability }) => unavailability === null);
if (!hasUring) process.stderr.write("skip: io_uring is not available here\n");

// Linux before 5.6, gVisor, and many a filter.
test.each(hasUring ? ["epoll", "uring"] : ["epoll"])(
  "files on %s are the same without openat2, preadv2, pwritev2 and copy_file_range",
  async (driver) => {
    const env = { BASCULE_DRIVER: driver, BASCULE_TEST_CONSTRAINT: "new file calls" };
    expect(await runFilePart(env, ["file-reading", "file-whole", "file-writing"])).toEqual(PASSED);
  },
  FILE_LIMIT_MS,
);
