import { expect, test } from "bun:test";
import { SourceFile } from "../source-file.ts";
import { exportStar, FOREIGN_FUNCTIONS, ffiOnlyInSys, importTable } from "./imports.ts";

function inCore(text: string): SourceFile {
  return new SourceFile("packages/core/src/task.ts", text);
}

function inNet(text: string): SourceFile {
  return new SourceFile("packages/net/src/tcp/stream.ts", text);
}

test("net may import core and sys, and no driver", () => {
  expect(importTable(inNet('import { spawn } from "@bascule/core";'))).toEqual([]);
  expect(importTable(inNet('import type { Errno } from "@bascule/sys";'))).toEqual([]);
  expect(importTable(inNet('\nimport "@bascule/reactor-epoll";'))).toMatchObject([{ line: 2 }]);
});

test("core imports nothing of ours, however it is written", () => {
  for (const text of [
    'import { a } from "@bascule/sys";',
    'import type { A } from "@bascule/sys";',
    'export { a } from "@bascule/sys";',
    'export * from "@bascule/sys";',
    'await import("@bascule/sys");',
    'require("@bascule/sys");',
    'import.meta.require("@bascule/sys");',
    'require.resolve("@bascule/sys");',
    'type A = import("@bascule/sys").A;',
  ]) {
    expect(importTable(inCore(text))).toHaveLength(1);
  }
});

test("a driver may be required by a name that is only known at run time", () => {
  expect(importTable(inCore("const factory = require(name);"))).toEqual([]);
});

test("a package is imported whole, and not by itself", () => {
  expect(importTable(inNet('import "@bascule/core/src/task.ts";'))).toHaveLength(1);
  expect(importTable(inNet('import "@bascule/core/package.json";'))).toEqual([]);
  expect(importTable(inNet('import "@bascule/net";'))).toHaveLength(1);
});

test("a relative import stays in its package and names its extension", () => {
  expect(importTable(inNet('import "../outbox.ts";'))).toEqual([]);
  expect(importTable(inNet('import "../outbox";'))).toHaveLength(1);
  expect(importTable(inNet('import "../../../core/src/task.ts";'))).toHaveLength(1);
});

test("a workspace that the table does not know is told so", () => {
  const file = new SourceFile("packages/ring/src/index.ts", 'import "@bascule/core";');
  expect(importTable(file)).toMatchObject([{ message: expect.stringContaining("import table") }]);
});

test("an app never names a driver", () => {
  const file = new SourceFile("apps/chat/src/main.ts", 'import "@bascule/proactor-uring";');
  expect(importTable(file)).toHaveLength(1);
});

test("only tests import what tests share", () => {
  const text = 'import { TemporaryFolder } from "@bascule/test-support";';
  expect(importTable(inNet(text))).toHaveLength(1);
  for (const path of ["packages/net/src/lines.test.ts", "packages/net/test/each-test.ts"]) {
    expect(importTable(new SourceFile(path, text))).toEqual([]);
  }
  const ofCore = new SourceFile("packages/core/src/task.test.ts", text);
  expect(importTable(ofCore)).toHaveLength(1);
});

test("foreign functions and pointers belong to sys", () => {
  const text = `import { ptr } from "${FOREIGN_FUNCTIONS}";\nexport const address = ptr(bytes);`;
  expect(ffiOnlyInSys(inCore(text))).toMatchObject([{ line: 1 }, { line: 2 }]);
  expect(ffiOnlyInSys(inCore("ffi.ptr(bytes);"))).toHaveLength(1);
  expect(ffiOnlyInSys(inCore("// ptr(bytes) would be wrong\nreceiptr(1);"))).toEqual([]);
  expect(ffiOnlyInSys(new SourceFile("packages/sys/src/memory.ts", text))).toEqual([]);
});

test("export * is refused, an explicit list is not", () => {
  expect(exportStar(inCore('export * from "./task.ts";'))).toHaveLength(1);
  expect(exportStar(inCore('export * as task from "./task.ts";'))).toHaveLength(1);
  expect(exportStar(inCore('export { Task } from "./task.ts";'))).toEqual([]);
});
