/** The module of functions for other threads, or one of its exports. */
export function workUrl(exportName: string = ""): URL {
  const url = new URL("../programs/work.ts", import.meta.url);
  url.hash = exportName;
  return url;
}
