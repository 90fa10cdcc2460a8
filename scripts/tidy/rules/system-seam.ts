import type { Finding } from "../finding.ts";
import type { SourceFile } from "../source-file.ts";

/** What goes to the kernel at once; a driver may bring its own, as the simulation does. */
const CALLS: ReadonlySet<string> = new Set([
  "bindSocket",
  "closeDescriptor",
  "createSocket",
  "createSocketPair",
  "getSocketOption",
  "listenSocket",
  "localAddress",
  "peerAddress",
  "setKeepAlive",
  "setLinger",
  "setMembership",
  "setSocketOption",
  "setStatusFlags",
  "shutdownSocket",
  "statusFlags",
  "takeSocketError",
]);

/** In `net` and `fs` such calls go through `systemOf(runtime)`, so that they reach its kernel. */
export function systemSeam(file: SourceFile): Finding[] {
  const isHome = file.path.endsWith("/src/system.ts");
  if (!/^packages\/(net|fs)\/src\//.test(file.path) || file.isTest || isHome) return [];
  const found: Finding[] = [];
  file.visit({
    ImportDeclaration: (node) => {
      if (node.source.value !== "@bascule/sys") return;
      for (const specifier of node.specifiers) {
        if (specifier.type !== "ImportSpecifier") continue;
        const name = file.textOf(specifier.imported);
        if (!CALLS.has(name)) continue;
        const message = `${name} goes past the driver's own kernel: call it on systemOf(runtime)`;
        found.push({ path: file.path, line: file.lineAt(specifier.start), message });
      }
    },
  });
  return found;
}
