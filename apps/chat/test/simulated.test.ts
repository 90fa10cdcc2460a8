import { expect, test } from "bun:test";
import { ALL_FAULTS, explore, simulate } from "@bascule/sim";
import { CLIENTS, HOSTS, talkInAStorm, talkUnderPartitions } from "./simulated-room.ts";

/**
 * `BASCULE_SIM_SEEDS=10000` explores more; `BASCULE_SIM_FROM` begins elsewhere. The driver that the
 * tests are run for plays no part in it, so that each run of them looks at other seeds.
 */
const SEEDS = Number(Bun.env["BASCULE_SIM_SEEDS"] ?? 50);
const FROM = Number(
  Bun.env["BASCULE_SIM_FROM"] ?? (Bun.env["BASCULE_DRIVER"] === "uring" ? 50 : 0),
);
/** Generous: a seed takes a fortieth of a second on an idle machine. */
const LIMIT_MS = 30_000 + SEEDS * 500;

test(
  `${CLIENTS} clients under partitions are told every line, once and in one order`,
  async () => {
    const { runs } = await explore({ seeds: SEEDS, from: FROM, hosts: HOSTS }, talkUnderPartitions);
    expect(runs).toBe(SEEDS);
  },
  LIMIT_MS,
);

test(
  "in a storm nobody is told a line twice or out of order, and the server stands",
  async () => {
    const { runs } = await explore(
      { seeds: SEEDS, from: FROM, hosts: HOSTS, faults: { ...ALL_FAULTS, resets: 0.005 } },
      talkInAStorm,
    );
    expect(runs).toBe(SEEDS);
  },
  LIMIT_MS,
);

test("the same seed is the same conversation", async () => {
  const options = { seed: 77, hosts: HOSTS, faults: "all", verify: true } as const;
  expect(await simulate(options, talkInAStorm)).toBeUndefined();
});
