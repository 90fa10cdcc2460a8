import { expect, test } from "bun:test";
import { SourceFile } from "../source-file.ts";
import { systemSeam } from "./system-seam.ts";

const TEXT = 'import {\n  AF_INET,\n  closeDescriptor as shut,\n} from "@bascule/sys";';

test("a call that goes past the driver's kernel is found with its line", () => {
  for (const path of ["packages/net/src/connect.ts", "packages/fs/src/open.ts"]) {
    expect(systemSeam(new SourceFile(path, TEXT))).toMatchObject([
      { line: 3, message: expect.stringContaining("closeDescriptor") },
    ]);
  }
});

test("the seam itself, tests and drivers make the calls", () => {
  for (const path of [
    "packages/net/src/system.ts",
    "packages/net/src/tcp-listener.test.ts",
    "packages/reactor-epoll/src/epoll-driver.ts",
  ]) {
    expect(systemSeam(new SourceFile(path, TEXT))).toEqual([]);
  }
});
