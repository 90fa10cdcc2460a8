import { describe, expect, test } from "bun:test";
import { driverCandidates } from "@bascule/core";
import { LIMIT_MS, PASSED, runCorePart } from "../support/core-part.ts";
import { SINCE_THE_FIRST_URING } from "../support/first-uring.ts";

const hasUring = driverCandidates().every(({ unavailability }) => unavailability === null);
if (!hasUring) process.stderr.write("skip: io_uring is not available here\n");

/** Kernel features that a driver must be able to do without, alone or together. */
const uringFallbacks = [
  ["multishot receives", "multishot-recv"],
  ["sends that complete only when they fail", "silent-sends"],
  [
    "buffer rings and every multishot",
    "buffer-ring,multishot-recv,multishot-accept,multishot-poll",
  ],
  ["deferred task work", "defer-taskrun,single-issuer,coop-taskrun"],
  ["waits with a time-out of their own", "ext-arg"],
  ["everything that came after the first io_uring", SINCE_THE_FIRST_URING.join()],
] as const;

describe.skipIf(!hasUring)("the core of the suite passes on io_uring without", () => {
  test.each(uringFallbacks)(
    "%s",
    async (_name, without) => {
      const env = { BASCULE_DRIVER: "uring", BASCULE_TEST_WITHOUT: without };
      expect(await runCorePart(env)).toEqual(PASSED);
    },
    LIMIT_MS,
  );
});

test(
  "the core of the suite passes on epoll without Linux AIO to signal the host",
  async () => {
    const env = { BASCULE_DRIVER: "epoll", BASCULE_TEST_WITHOUT: "aio" };
    expect(await runCorePart(env)).toEqual(PASSED);
  },
  LIMIT_MS,
);

const drivers = hasUring ? ["epoll", "uring"] : ["epoll"];

test.each(drivers)(
  "the core of the suite passes on %s with a helper thread that watches for Bun",
  async (driver) => {
    const env = { BASCULE_DRIVER: driver, BASCULE_TEST_WATCH: "thread" };
    expect(await runCorePart(env)).toEqual(PASSED);
  },
  LIMIT_MS,
);
