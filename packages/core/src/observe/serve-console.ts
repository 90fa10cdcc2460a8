import { isNotFound, loadPackage } from "../load-package.ts";

const PACKAGE = "@bascule/console";

interface Console {
  serveByEnvironment(place: string): void;
}

let isServed = false;

/**
 * Where `BASCULE_TOP` asks for it, has the console's package serve `bascule top`: once a thread,
 * for all of its runtimes.
 * @throws Error with code `ERR_BASCULE_CONSOLE_NOT_INSTALLED` when the package is missing
 */
export function serveConsole(load: () => Console = loadConsole): void {
  const place = Bun.env["BASCULE_TOP"];
  if (isServed || place === undefined || place === "" || place === "0") return;
  const console = load();
  isServed = true;
  console.serveByEnvironment(place);
}

function loadConsole(): Console {
  try {
    return loadPackage(PACKAGE) as Console;
  } catch (error) {
    if (!isNotFound(error, PACKAGE)) throw error;
    const message =
      `Cannot serve BASCULE_TOP: package "${PACKAGE}" is not installed. ` +
      `To mend: bun add ${PACKAGE}`;
    throw Object.assign(new Error(message), { code: "ERR_BASCULE_CONSOLE_NOT_INSTALLED" });
  }
}
