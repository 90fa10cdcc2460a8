/** What a tarball holds: the paths in it, and the text of its package.json. */
export interface TarballContents {
  readonly paths: readonly string[];
  readonly manifest: string;
}

/** What no package is published without. */
const NEEDED = ["LICENSE", "README.md", "package.json", "src/index.ts", "dist/index.d.ts"];

/** Reads a packed package. */
export async function readTarball(path: string): Promise<TarballContents> {
  const files = await new Bun.Archive(await Bun.file(path).bytes()).files();
  const manifest = files.get("package/package.json");
  if (manifest === undefined) throw new Error(`"${path}" holds no package.json`);
  const paths = [...files.keys()].map((name) => name.replace(/^package\//, ""));
  return { paths, manifest: await manifest.text() };
}

/** What would be wrong for the one who installs it. */
export function tarballFaults({ paths, manifest }: TarballContents): string[] {
  const faults = NEEDED.filter((path) => !paths.includes(path)).map((path) => `${path} is missing`);
  const tests = paths.filter((path) => path.endsWith(".test.ts"));
  const ranges = manifest.match(/"(workspace|catalog|link|file):[^"]*"/g) ?? [];
  return [
    ...faults,
    ...tests.map((path) => `${path} is packed: tests stay at home`),
    ...ranges.map((range) => `${range} means nothing outside this checkout`),
  ];
}
