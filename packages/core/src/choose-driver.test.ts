import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FakeDriver } from "../test/fake-driver.ts";
import { chooseDriver, driverCandidates } from "./choose-driver.ts";
import type { DriverUnavailableError } from "./errors.ts";
import { liveRuntimes } from "./observe/attach.ts";
import { Runtime } from "./runtime.ts";

const folder = mkdtempSync(join(tmpdir(), "bascule-choose-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A module file with the given text. */
function moduleOf(name: string, text: string): string {
  const path = join(folder, `${name}.mjs`);
  writeFileSync(path, text);
  return path;
}

function refusalOf(request: string): DriverUnavailableError {
  try {
    chooseDriver(request, {});
  } catch (error) {
    return error as DriverUnavailableError;
  }
  throw new Error(`"${request}" was expected to be refused`);
}

test("an unknown name says which names there are", () => {
  const error = refusalOf("kqueue");
  expect([error.name, error.code, error.driver]).toEqual([
    "DriverUnavailableError",
    "ERR_BASCULE_UNKNOWN_DRIVER",
    "kqueue",
  ]);
  expect(error.message).toStartWith(
    'Cannot use driver "kqueue": it is neither a driver\'s name nor a module that can be found',
  );
  expect(error.remedy).toBe(
    'set BASCULE_DRIVER to one of "auto", "uring", "epoll", "sim", ' +
      "or to the specifier of an installed module",
  );
});

test("a module's factory is probed and then used with the options", () => {
  const path = moduleOf(
    "factory",
    `export default {
       name: "own",
       probe: () => null,
       create: (options) => ({ name: "own", options }),
     };`,
  );
  const { driver, choice } = chooseDriver(path, { queueEntries: 8 });
  expect(driver as unknown).toEqual({ name: "own", options: { queueEntries: 8 } });
  expect(choice).toEqual({ driver: "own", reason: `"${path}" was asked for` });
});

test("a module may export a function that makes the driver", () => {
  const path = moduleOf("function", `export default () => ({ name: "made" });`);
  expect(chooseDriver(path, {}).choice.driver).toBe("made");
});

test("a module whose driver is not available fails, and never falls back", () => {
  const path = moduleOf(
    "unavailable",
    `export default {
       name: "own",
       probe: () => ({ code: "ERR_OWN", cause: "the moon is full", remedy: "wait a week" }),
       create: () => { throw new Error("must not be created"); },
     };`,
  );
  const error = refusalOf(path);
  expect([error.code, error.remedy]).toEqual(["ERR_OWN", "wait a week"]);
  expect(error.message).toEndWith("the moon is full. To fix: wait a week");
});

test("a module with something else as its default export is a programmer's error", () => {
  const path = moduleOf("wrong", `export default 5;`);
  expect(() => chooseDriver(path, {})).toThrow(
    "its default export is neither a driver factory nor a function. " +
      'To fix: set BASCULE_DRIVER to one of "auto", "uring", "epoll", "sim", or to the specifier',
  );
});

test.each([
  [5, "5"],
  [true, "true"],
  [{}, "[object Object]"],
  [Object.create(null), "[object Object]"],
  [Promise.resolve(new FakeDriver()), "[object Promise]"],
])("what is no driver is refused by name, and no runtime is made: %p", (given, words) => {
  const besideCount = liveRuntimes().length;
  expect(() => Runtime.create({ driver: given as never })).toThrow(
    new TypeError(
      `Cannot create a runtime with driver "${words}": pass one that is made ` +
        'already, or one of "auto", "uring", "epoll", "sim", ' +
        "or the specifier of an installed module",
    ),
  );
  expect(liveRuntimes().length).toBe(besideCount);
});

test("a factory in the place of its driver is refused, and what to pass is said", () => {
  const factory = { name: "epoll", probe: () => null, create: () => new FakeDriver() };
  expect(() => Runtime.create({ driver: factory as never })).toThrow(
    new TypeError(
      'Cannot create a runtime with the factory of driver "epoll": pass the driver that its ' +
        '"create" makes',
    ),
  );
});

test("a module that fails while it loads fails with its own error", () => {
  const path = moduleOf("broken", `throw new Error("broken at load");`);
  expect(() => chooseDriver(path, {})).toThrow("broken at load");
});

test("a program that is compiled into one file is told to hand its driver over", async () => {
  const program = join(folder, "program.ts");
  const source = JSON.stringify(join(import.meta.dir, "choose-driver.ts"));
  writeFileSync(
    program,
    `import { chooseDriver } from ${source};
     try { chooseDriver("epoll", {}); } catch (error) { console.log(error.message); }`,
  );
  const outfile = join(folder, "compiled");
  await Bun.build({ entrypoints: [program], compile: { outfile } });
  const { stdout } = Bun.spawnSync([outfile], { cwd: folder });
  expect(stdout.toString()).toBe(
    'Cannot use driver "epoll": a compiled program cannot load package "@bascule/reactor-epoll". ' +
      "To fix: import the package, and pass the driver that it creates to Runtime.create\n",
  );
});

test("the candidates of auto are io_uring first, then epoll, each really probed", () => {
  const candidates = driverCandidates();
  expect(candidates.map(({ name }) => name)).toEqual(["uring", "epoll"]);
  expect(candidates[1]?.unavailability).toBeNull();
});
