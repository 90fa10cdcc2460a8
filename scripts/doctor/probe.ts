// Prints what the drivers say of this machine as JSON. A program of its own: see drivers.ts.
import { type Capability, driverCandidates, Runtime } from "@bascule/core";
import type { DriverReport, DriversReport } from "./drivers.ts";

const candidates: DriverReport[] = [];
for (const { name, unavailability: fault } of driverCandidates()) {
  candidates.push({ name, fault, capabilities: fault === null ? await capabilitiesOf(name) : [] });
}
console.log(JSON.stringify({ candidates, ...(await choose()) } satisfies DriversReport));

async function capabilitiesOf(driver: string): Promise<readonly Capability[]> {
  await using runtime = Runtime.create({ driver });
  return runtime.driver.capabilities;
}

async function choose(): Promise<Pick<DriversReport, "choice" | "failure">> {
  try {
    await using runtime = Runtime.create();
    return { choice: runtime.choice, failure: null };
  } catch (error) {
    return { choice: null, failure: error instanceof Error ? error.message : String(error) };
  }
}
