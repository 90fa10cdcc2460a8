// Writes more than there is room for, in the folder and in the way that the arguments name, then
// replaces the file atomically with as much again, and prints what came of both as JSON.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { appendFile, copyFile, open, writeFile } from "@bascule/fs";
import { failureOf } from "../support/failure.ts";
import { patternBytes } from "../support/pattern.ts";

const [, , folder = "", how = "", source = ""] = process.argv;
const path = `${folder}/a`;
const content = patternBytes(0, 3_000_000);

async function fill(): Promise<unknown> {
  if (how === "appendFile") return await appendFile(path, content);
  if (how === "copyFile") return await copyFile(source, path);
  await using file = await open(path, "w");
  if (how === "write") return await file.write(content);
  if (how === "writeFrom") return await file.writeFrom(content.slice().buffer);
  return await file.writable.getWriter().write(content);
}

writeFileSync(path, "");
const error = (await failureOf(fill())) as { code: string; bytesWritten: number };
const left = readFileSync(path);
const isIntact = Buffer.compare(left, content.subarray(0, left.byteLength)) === 0;
const atomic = (await failureOf(writeFile(path, content, { atomic: true }))) as { code: string };
const report = {
  code: error.code,
  bytesWritten: error.bytesWritten,
  size: left.byteLength,
  isIntact,
  names: readdirSync(folder),
  atomicCode: atomic.code,
  isOldContentThere: readFileSync(path).equals(left),
};
process.stdout.write(JSON.stringify(report));
