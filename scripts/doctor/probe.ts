// Prints what the drivers say of this machine as JSON. A program of its own: see drivers.ts.
import { driverCandidates, Runtime } from "@bascule/core";
import type { DriversReport } from "./drivers.ts";

const candidates = driverCandidates().map(({ name, unavailability }) => ({
  name,
  fault: unavailability && { cause: unavailability.cause, remedy: unavailability.remedy },
}));
console.log(JSON.stringify({ candidates, ...(await choose()) } satisfies DriversReport));

async function choose(): Promise<Pick<DriversReport, "choice" | "failure">> {
  try {
    await using runtime = Runtime.create();
    return { choice: runtime.choice, failure: null };
  } catch (error) {
    return { choice: null, failure: error instanceof Error ? error.message : String(error) };
  }
}
