import { expect, test } from "bun:test";
import { driverCandidates } from "@bascule/core";
import { LIMIT_MS, PASSED, runCorePart } from "../support/core-part.ts";
import { reportOf } from "../support/program.ts";

type Report = Record<string, string>;

const MEMLOCK = { BASCULE_TEST_CONSTRAINT: "memlock" };
const hasUring = driverCandidates().every(({ unavailability }) => unavailability === null);
if (!hasUring) process.stderr.write("skip: io_uring is not available here\n");

test("with a memlock limit of 0, auto finds a driver that works", async () => {
  const report = await reportOf<Report>("choice", {
    env: { ...MEMLOCK, BASCULE_DRIVER: undefined },
  });
  expect(report["echoed"]).toBe("works");
  if (!hasUring || report["driver"] === "uring") return;
  expect(report["reason"]).toContain("memory that this process");
});

// Kernels since 5.12 do not count a ring's memory; on older ones the named driver must say what is
// wrong.
test.skipIf(!hasUring)(
  "with a memlock limit of 0, io_uring works or says what mends it",
  async () => {
    const report = await reportOf<Report>("choice", {
      env: { ...MEMLOCK, BASCULE_DRIVER: "uring" },
    });
    if (report["echoed"] === undefined) {
      expect(report).toMatchObject({ code: "ERR_URING_MEMLOCK" });
      expect(report["remedy"]).toContain("ulimit -l");
    } else expect(report).toMatchObject({ driver: "uring", echoed: "works" });
  },
);

test(
  "the core of the suite passes with a memlock limit of 0",
  async () => {
    expect(await runCorePart({ ...MEMLOCK, BASCULE_DRIVER: undefined })).toEqual(PASSED);
  },
  LIMIT_MS,
);
