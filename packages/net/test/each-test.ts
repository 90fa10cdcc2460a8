import { guardEachTest } from "@bascule/test-support";

guardEachTest();
