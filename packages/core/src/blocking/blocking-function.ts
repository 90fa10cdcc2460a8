import type { FunctionAddress } from "./job-protocol.ts";

/** A function that a worker can be told to find; see {@link registerBlocking}. */
export type BlockingFunction<A extends readonly unknown[], R> = (...args: A) => R;

const addresses: WeakMap<object, FunctionAddress> = new WeakMap();

/**
 * Says where workers find a function: the module that exports it, imported on their thread, and the
 * name of the export, which is the function's own unless another is given. A closure cannot leave
 * its thread, so `spawnBlocking` takes only functions that have been registered.
 *
 * @param moduleUrl `import.meta.url` of the module that exports the function
 * @returns the function
 * @throws TypeError when it is not a function, or has no name and is given none
 * @example
 * ```ts
 * import { registerBlocking } from "@bascule/core";
 * export function checksum(bytes: Uint8Array): number {
 *   return Bun.hash.crc32(bytes);
 * }
 * registerBlocking(checksum, import.meta.url);
 * ```
 */
export function registerBlocking<F extends BlockingFunction<never, unknown>>(
  work: F,
  moduleUrl: string | URL,
  exportName: string = work.name,
): F {
  if (typeof work !== "function" || exportName === "") {
    throw new TypeError(`Cannot register "${String(work)}": pass a function with a name`);
  }
  addresses.set(work, { module: importable(moduleUrl), exportName });
  return work;
}

/**
 * Where a worker finds what `spawnBlocking` was given: a registered function, or a module whose
 * default export it is, or the export that the URL's fragment names.
 */
export function addressOfWork(work: unknown): FunctionAddress {
  if (typeof work === "function") {
    const address = addresses.get(work);
    if (address !== undefined) return address;
    throw new TypeError(
      `Cannot run function "${work.name}" on another thread, which a closure cannot leave for: ` +
        "export it from a module and call registerBlocking(it, import.meta.url) there",
    );
  }
  const module = importable(work);
  const fragment = module.lastIndexOf("#");
  if (fragment < 0) return { module, exportName: "default" };
  return {
    module: module.slice(0, fragment),
    exportName: decodeURIComponent(module.slice(fragment + 1)) || "default",
  };
}

/** A relative path would mean another file on every thread, so only what is whole will do. */
function importable(module: unknown): string {
  const isWhole =
    module instanceof URL || (typeof module === "string" && /^(\/|\w+:)/.test(module));
  if (isWhole) return String(module);
  throw new TypeError(
    `Cannot import "${String(module)}" on another thread: pass a function that is registered, or ` +
      'a whole URL, as new URL("./work.ts", import.meta.url)',
  );
}
