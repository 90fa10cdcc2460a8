import { isNotFound, loadPackage } from "../load-package.ts";

const PACKAGE = "@bascule/console";

let isServed = false;

/**
 * Where `BASCULE_TOP` asks for it, has the console's package serve `bascule top`: once a thread,
 * for all of its runtimes.
 * @throws Error with code `ERR_BASCULE_CONSOLE_NOT_INSTALLED` when the package is missing
 */
export function serveConsole(): void {
  const place = Bun.env["BASCULE_TOP"];
  if (isServed || place === undefined || place === "" || place === "0") return;
  isServed = true;
  loadConsole().serveByEnvironment(place);
}

function loadConsole(): { serveByEnvironment(place: string): void } {
  try {
    return loadPackage(PACKAGE) as { serveByEnvironment(place: string): void };
  } catch (error) {
    if (!isNotFound(error, PACKAGE)) throw error;
    const message =
      `Cannot serve BASCULE_TOP: package "${PACKAGE}" is not installed. ` +
      `To mend: bun add ${PACKAGE}`;
    throw Object.assign(new Error(message), { code: "ERR_BASCULE_CONSOLE_NOT_INSTALLED" });
  }
}
