import { afterEach, beforeEach, expect, test } from "bun:test";
import { serveConsole } from "./serve-console.ts";

let before: string | undefined;

beforeEach(() => {
  before = Bun.env["BASCULE_TOP"];
  Bun.env["BASCULE_TOP"] = "/a/place.sock";
});

afterEach(() => {
  if (before === undefined) delete Bun.env["BASCULE_TOP"];
  else Bun.env["BASCULE_TOP"] = before;
});

test("every runtime is refused while the console is missing, and one serves for all", () => {
  const missing = (): never => {
    throw new Error("missing");
  };
  for (const _runtime of [1, 2]) expect(() => serveConsole(missing)).toThrow("missing");
  const places: string[] = [];
  const load = () => ({ serveByEnvironment: (place: string) => void places.push(place) });
  for (const _runtime of [1, 2]) serveConsole(load);
  expect(places).toEqual(["/a/place.sock"]);
});
