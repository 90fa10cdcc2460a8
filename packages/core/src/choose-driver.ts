import { wordsFor } from "./check.ts";
import type { Driver, DriverFactory, DriverOptions, Unavailability } from "./contract/driver.ts";
import { DriverUnavailableError } from "./errors.ts";
import { isNotFound, loadPackage } from "./load-package.ts";

/** Names that mean a driver of ours, and the package that holds it. */
const PACKAGES: Readonly<Record<string, string>> = {
  uring: "@bascule/proactor-uring",
  epoll: "@bascule/reactor-epoll",
  sim: "@bascule/sim",
};

/** Where Bun shows a program that `bun build --compile` made its own files. */
const COMPILED = "/$bunfs/";

/** In which order `auto` tries: the first that is available is taken. */
const PREFERENCE: readonly string[] = ["uring", "epoll"];

/** Which driver a runtime uses, and why. */
export interface DriverChoice {
  readonly driver: string;
  /** A sentence for a person: `auto: uring is not available: …`. */
  readonly reason: string;
}

/** What is known of one candidate. */
export interface DriverCandidate {
  readonly name: string;
  /** null when the driver would work */
  readonly unavailability: Unavailability | null;
}

/**
 * Every driver that `auto` would consider, in the order of preference, probed by really setting it
 * up.
 */
export function driverCandidates(): DriverCandidate[] {
  return PREFERENCE.map((name) => {
    const found = findFactory(name);
    return { name, unavailability: "code" in found ? found : found.probe() };
  });
}

/**
 * Makes the driver that was asked for: `auto`, a name, a module specifier, or a driver made
 * already.
 * @throws DriverUnavailableError when it cannot be used, TypeError when it is none
 */
export function chooseDriver(
  request: string | Driver,
  options: DriverOptions,
): { driver: Driver; choice: DriverChoice } {
  if (typeof request !== "string") {
    checkDriver(request);
    return { driver: request, choice: { driver: request.name, reason: "given as an object" } };
  }
  if (request === "auto") return chooseAuto(options);
  const found = findFactory(request);
  const unavailability = "code" in found ? found : found.probe();
  if (unavailability !== null) throw new DriverUnavailableError(request, unavailability);
  const driver = (found as DriverFactory).create(options);
  return { driver, choice: { driver: driver.name, reason: `"${request}" was asked for` } };
}

function checkDriver(given: Partial<Driver & DriverFactory>): void {
  const { name, submit, turn, create } = given;
  if (typeof submit === "function" && typeof turn === "function") return;
  if (typeof create === "function") {
    throw new TypeError(
      `Cannot create a runtime with the factory of driver "${name}": pass the driver that its ` +
        '"create" makes',
    );
  }
  throw new TypeError(
    `Cannot create a runtime with driver "${wordsFor(given)}": pass one that is made already, or ` +
      `one of ${names()}, or the specifier of an installed module`,
  );
}

function chooseAuto(options: DriverOptions): { driver: Driver; choice: DriverChoice } {
  const refused: { name: string; unavailability: Unavailability }[] = [];
  for (const name of PREFERENCE) {
    const found = findFactory(name);
    const unavailability = "code" in found ? found : found.probe();
    if (unavailability !== null) {
      refused.push({ name, unavailability });
      continue;
    }
    const driver = (found as DriverFactory).create(options);
    const because =
      refused.length === 0
        ? "preferred and available"
        : refused
            .map((each) => `${each.name} is not available: ${each.unavailability.cause}`)
            .join("; ");
    return { driver, choice: { driver: driver.name, reason: `auto: ${because}` } };
  }
  const cause = refused.map((each) => `${each.name}: ${each.unavailability.cause}`).join("; ");
  const remedy = refused.map((each) => each.unavailability.remedy).join("; or ");
  throw new DriverUnavailableError("auto", { code: "ERR_BASCULE_NO_DRIVER", cause, remedy });
}

/**
 * Loads a driver package when it is first asked for, from where Bascule or the program can see it.
 */
function findFactory(name: string): DriverFactory | Unavailability {
  const specifier = PACKAGES[name] ?? name;
  try {
    return factoryOf(loadPackage(specifier), name);
  } catch (error) {
    if (!isNotFound(error, specifier)) throw error;
    return notFound(name, specifier, error);
  }
}

function factoryOf(module: unknown, name: string): DriverFactory {
  const exported = (module as { default?: unknown }).default;
  if (typeof exported === "function") {
    const create = exported as (options: DriverOptions) => Driver;
    return { name, probe: () => null, create };
  }
  const factory = exported as Partial<DriverFactory> | undefined;
  if (typeof factory?.create !== "function" || typeof factory.probe !== "function") {
    throw new TypeError(
      `Cannot use "${name}" as a driver: its default export is neither a driver factory ` +
        `nor a function. To fix: ${remedy()}`,
    );
  }
  return factory as DriverFactory;
}

function notFound(name: string, specifier: string, failure: unknown): Unavailability {
  if (PACKAGES[name] !== undefined) {
    if (Bun.main.startsWith(COMPILED)) return notCompiledIn(specifier);
    return {
      code: "ERR_BASCULE_DRIVER_NOT_INSTALLED",
      cause: `package "${specifier}" is not installed`,
      remedy: `bun add ${specifier}`,
    };
  }
  const detail = failure instanceof Error ? ` (${firstLine(failure.message)})` : "";
  return {
    code: "ERR_BASCULE_UNKNOWN_DRIVER",
    cause: `it is neither a driver's name nor a module that can be found${detail}`,
    remedy: remedy(),
  };
}

function notCompiledIn(specifier: string): Unavailability {
  return {
    code: "ERR_BASCULE_DRIVER_NOT_INSTALLED",
    cause: `a compiled program cannot load package "${specifier}"`,
    remedy: "import the package, and pass the driver that it creates to Runtime.create",
  };
}

function remedy(): string {
  return `set BASCULE_DRIVER to one of ${names()}, or to the specifier of an installed module`;
}

function names(): string {
  return ["auto", ...Object.keys(PACKAGES)].map((each) => `"${each}"`).join(", ");
}

/** Without the stack of who required it, which is no concern of the program's user. */
function firstLine(message: string): string {
  return message.split("\n", 1)[0] ?? message;
}
