import { afterEach, beforeEach } from "bun:test";
import { Runtime } from "@bascule/core";
import { constrainThisProcess } from "./constraints.ts";
import { Sentinel } from "./sentinel.ts";
import { runtimeOptions } from "./settings.ts";

// Loaded before every test file: what the environment asks to do without is given up first.
constrainThisProcess();

let sentinel: Sentinel | null = null;

beforeEach(() => {
  sentinel = new Sentinel();
  sentinel.guard(Runtime.create(runtimeOptions()));
});

afterEach(async () => {
  const guarding = sentinel;
  sentinel = null;
  await guarding?.release();
});
