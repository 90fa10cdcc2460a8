import { guardEachTest } from "@bascule/test-support";
import { constrainThisProcess } from "./constraints.ts";
import { runtimeOptions } from "./settings.ts";

// Loaded before every test file: what the environment asks to do without is given up first.
constrainThisProcess();
guardEachTest(runtimeOptions());
