import { expect, test } from "bun:test";
import { WOULD_BLOCK } from "@bascule/core";
import { ETIMEDOUT } from "../errno.ts";
import { NO_FAULTS } from "../faults.ts";
import { WorldState } from "../world-state.ts";
import { Cables } from "./cables.ts";
import { End } from "./end.ts";
import { Lane } from "./lane.ts";

const CAPACITY = 1000;

/** Lets happen whatever will. */
function goOn(world: WorldState): void {
  while (world.agenda.length > 0) {
    world.clock.advanceTo(world.agenda.nextMs);
    world.happen();
  }
}

test("a connection that is lost is lost both ways: who waits for room gives up", () => {
  const world = new WorldState(1, NO_FAULTS);
  const cables = new Cables();
  const [writer, other] = [
    new End(new Lane(world, cables, "here", "there"), CAPACITY, false),
    new End(new Lane(world, cables, "there", "here"), CAPACITY, false),
  ];
  End.join(writer, other);
  expect(writer.send(new Uint8Array(CAPACITY))).toBe(CAPACITY);
  expect(writer.send(new Uint8Array(1))).toBe(WOULD_BLOCK);
  goOn(world);
  world.faults.lostConnections = 1;
  expect(other.send(new Uint8Array(1))).toBe(1);
  expect(other.receive(new Uint8Array(CAPACITY))).toBe(CAPACITY);
  goOn(world);
  expect(writer.send(new Uint8Array(1))).toBe(-ETIMEDOUT);
  expect(other.send(new Uint8Array(1))).toBe(-ETIMEDOUT);
});
