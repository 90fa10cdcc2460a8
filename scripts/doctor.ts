// What this machine supports, which driver would be chosen and why, and how to mend what is
// missing.
import { probeDrivers } from "./doctor/drivers.ts";
import type { Fact } from "./doctor/facts.ts";
import { machineFacts } from "./doctor/facts.ts";

const NAME_COLUMNS = 26;

for (const fact of machineFacts()) show(fact);
const { candidates, choice, failure } = await probeDrivers();
for (const { name, fault, capabilities } of candidates) {
  show({ name: `driver ${name}`, value: fault?.cause ?? "works", remedy: fault?.remedy ?? null });
  for (const { name: what, support, detail } of capabilities) {
    show({ name: "", value: `${support.padEnd(8)} ${what}: ${detail}`, remedy: null });
  }
}
const asked = `BASCULE_DRIVER=${process.env["BASCULE_DRIVER"] ?? "auto"}`;
if (choice === null) {
  show({ name: asked, value: `No driver: ${failure}`, remedy: null });
  process.exitCode = 1;
} else {
  show({ name: asked, value: `${choice.driver} (${choice.reason})`, remedy: null });
}

function show({ name, value, remedy }: Fact): void {
  console.log(`${name.padEnd(NAME_COLUMNS)} ${value}`);
  if (remedy !== null) console.log(`${" ".repeat(NAME_COLUMNS)} to mend: ${remedy}`);
}
