import { guardEachTest } from "@bascule/test-support";

// Bun makes what it runs commands with once, and keeps it.
Bun.spawnSync(["true"]);
guardEachTest();
