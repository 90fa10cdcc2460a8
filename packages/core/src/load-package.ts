import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

/**
 * Loads a package when it is first asked for, from where Bascule or the program can see it.
 * @throws what `require` throws; see {@link isNotFound}
 */
export function loadPackage(specifier: string): unknown {
  const program = pathToFileURL(Bun.main.startsWith("/") ? Bun.main : `${process.cwd()}/program`);
  const folder = pathToFileURL(`${process.cwd()}/program`);
  let failure: unknown;
  for (const base of [import.meta.url, program.href, folder.href]) {
    try {
      return createRequire(base)(specifier);
    } catch (error) {
      if (!isNotFound(error, specifier)) throw error;
      failure ??= error;
    }
  }
  throw failure;
}

/** Whether that package is missing, rather than something that it needs itself. */
export function isNotFound(error: unknown, specifier: string): boolean {
  const { code, message } = error as { code?: string; message?: string };
  return (
    (code === "MODULE_NOT_FOUND" || code === "ERR_MODULE_NOT_FOUND") &&
    message !== undefined &&
    message.includes(specifier)
  );
}
