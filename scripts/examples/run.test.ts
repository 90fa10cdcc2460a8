import { afterAll, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { uringFault } from "../doctor/drivers.ts";
import { runCommand } from "../test/run-command.ts";
import { publicWorkspaces, readWorkspaces, ROOT } from "../workspaces.ts";
import { documentationOf, extractExamples } from "./extract.ts";

const RUN_LIMIT_MS = 15_000;
const COMPILE_LIMIT_MS = 60_000;

// Inside the checkout, so that an example imports our packages by their names, as a user would.
const folder = mkdtempSync(join(ROOT, ".examples-"));
afterAll(() => rmSync(folder, { recursive: true }));

const fault = await uringFault();
const drivers = fault === null ? ["epoll", "uring"] : ["epoll"];
if (fault !== null) console.error(`The examples are not run on io_uring: ${fault}`);

const examples = documents().flatMap(({ path, markdown }) =>
  extractExamples(markdown).map((example) => {
    const name = `${path.replace(/\W+/g, "-")}-${example.line}.ts`.toLowerCase();
    const file = join(folder, name);
    // Every example is a module of its own, also when it imports nothing.
    writeFileSync(file, `${example.code}export {};\n`);
    return { path, title: `${path}:${example.line}`, file, isRun: example.isRun };
  }),
);

test("every published package shows an example", () => {
  const readmes = publicWorkspaces().map(({ folder: workspace }) => `${workspace}/README.md`);
  const shown = new Set(examples.map(({ path }) => path));
  expect(readmes.filter((path) => !shown.has(path))).toEqual([]);
});

test(
  "every example of the documents compiles",
  async () => {
    const options = { isolatedDeclarations: false, declaration: false, noUnusedLocals: false };
    const extended = relative(folder, join(ROOT, "tsconfig.base.json"));
    const config = { extends: extended, compilerOptions: options, include: ["*.ts"] };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
    const { output, exitCode } = await runCommand({
      argv: [join(ROOT, "node_modules/.bin/tsc"), "-p", folder],
      folder,
      timeLimitMs: COMPILE_LIMIT_MS,
    });
    const titled = examples.reduce(
      (text, { file, title }) => text.replaceAll(relative(folder, file), title),
      output,
    );
    expect(titled).toBe("");
    expect(exitCode).toBe(0);
  },
  COMPILE_LIMIT_MS,
);

for (const { title, file } of examples.filter(({ isRun }) => isRun)) {
  test.each(drivers)(
    `${title} runs on %s`,
    async (driver) => {
      const { output, exitCode, complaint } = await runCommand({
        argv: ["bun", file],
        folder,
        environment: { BASCULE_DRIVER: driver },
        timeLimitMs: RUN_LIMIT_MS,
      });
      const shown = exitCode === 0 ? "" : output;
      expect({ exitCode, complaint, shown }).toEqual({ exitCode: 0, complaint: null, shown: "" });
    },
    RUN_LIMIT_MS * 2,
  );
}

/** The documents of the checkout, and the documentation comments of its packages. */
function documents(): { path: string; markdown: string }[] {
  const readmes = readWorkspaces().map(({ folder: workspace }) => `${workspace}/README.md`);
  const guides = [...new Bun.Glob("docs/*.md").scanSync(ROOT)].toSorted();
  const pages = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", ...guides, ...readmes];
  const sources = [...new Bun.Glob("packages/*/src/**/*.ts").scanSync(ROOT)].toSorted();
  return [
    ...pages.filter(isThere).map((path) => ({ path, markdown: readText(path) })),
    ...sources.map((path) => ({ path, markdown: documentationOf(readText(path)) })),
  ];
}

function isThere(path: string): boolean {
  return existsSync(join(ROOT, path));
}

function readText(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}
