import { join } from "node:path";
import { driverCandidates } from "@bascule/core";

await main(process.argv.slice(2));

/** `./dev storm [driver] [name]`: the long form of the storms, on one driver or on each. */
async function main([driver, name]: readonly string[]): Promise<void> {
  const candidates = driverCandidates().filter(({ unavailability }) => unavailability === null);
  const drivers = candidates.map((candidate) => candidate.name);
  if (driver !== undefined && !drivers.includes(driver)) {
    console.error(`Cannot storm on "${driver}": there are ${drivers.join(" and ")}`);
    process.exitCode = 2;
    return;
  }
  const path = name === undefined ? "./src/storms" : `./src/storms/${name}.test.ts`;
  for (const each of driver === undefined ? drivers : [driver]) {
    console.log(`Storms on ${each}`);
    const child = Bun.spawn([process.execPath, "test", path], {
      cwd: join(import.meta.dir, "../.."),
      env: { ...Bun.env, BASCULE_DRIVER: each, BASCULE_STORM: "long" },
      stdio: ["ignore", "inherit", "inherit"],
    });
    if ((await child.exited) !== 0) process.exitCode = 1;
  }
}
