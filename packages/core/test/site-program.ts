import { describeSite, takeSite } from "../src/spawn-site.ts";

// Stands for a program in one bundle with the package: `spawn` is of the package.
function spawn(): string {
  const site = takeSite();
  return describeSite(site);
}

function startsOne(): void {
  process.stdout.write(`${spawn()}\n`);
}

startsOne();
