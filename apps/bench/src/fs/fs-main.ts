// Measures one group of cells with one interface. A cell that fails says so, and the others go on.
import { BASCULE } from "./apis/bascule.ts";
import { BUN_FILE } from "./apis/bun-file.ts";
import { NODE_PROMISES } from "./apis/node-promises.ts";
import { NODE_SYNC } from "./apis/node-sync.ts";
import { cellsOf } from "./cells.ts";
import type { FileApi } from "./file-api.ts";
import type { ApiName, FsCellResult, FsSettings } from "./fs-settings.ts";

const APIS: Readonly<Record<ApiName, FileApi>> = {
  bascule: BASCULE,
  "node-promises": NODE_PROMISES,
  "node-sync": NODE_SYNC,
  "bun-file": BUN_FILE,
};

async function measureAll(settings: FsSettings): Promise<FsCellResult[]> {
  const results: FsCellResult[] = [];
  for (const { name, measure } of cellsOf(APIS[settings.api], settings)) {
    Bun.gc(true);
    try {
      results.push({ cell: name, sample: await measure(), failure: null });
    } catch (error) {
      const failure = error instanceof Error ? error.message : String(error);
      results.push({ cell: name, sample: null, failure });
    }
  }
  return results;
}

const results = await measureAll(JSON.parse(process.argv[2] ?? "null") as FsSettings);
process.stdout.write(`${JSON.stringify(results)}\n`);
