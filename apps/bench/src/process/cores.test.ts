import { expect, test } from "bun:test";
import { allowedCores, chooseCores } from "./cores.ts";

test("the list of allowed cores is read with its ranges", () => {
  expect(allowedCores("Name:\tbun\nCpus_allowed_list:\t0-2,5\nx: 1")).toEqual([0, 1, 2, 5]);
  expect(allowedCores("Cpus_allowed_list:\t3")).toEqual([3]);
});

test("both sides are pinned to different cores, or the note says why not", () => {
  const { server, load, note } = chooseCores();
  if (server.length === 0) expect(note).toStartWith("not pinned: ");
  else expect(server.at(-1)).not.toBe(load.at(-1));
});
