import { test } from "bun:test";
import { networkInterfaces } from "node:os";

/** Whether this machine can be reached at ::1: a container often cannot. */
export const hasIpv6: boolean = Object.values(networkInterfaces())
  .flat()
  .some((address) => address?.address === "::1");

/** A test that needs ::1; skipped where there is none. */
export const ipv6Test: typeof test = test.skipIf(!hasIpv6);
