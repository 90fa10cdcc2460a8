import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A type that says that somebody will wait for it. */
const WAITS = /\bPromise(Like)?<|\bAsync(Iter|Gener)\w+<|\w+ableStream<|JoinHandle|LineReader\b/;
const EXPORT = /^export (?:type )?\{([^}]*)\} from "(\.[^"]+)";$/gm;
const FUNCTION = /^export (?:async )?function\*? (\w+)/gm;
const CLASS: RegExp = new RegExp(
  String.raw`^export (?:abstract )?class (\w+)(?:<.*?>)?(?: extends (\w+)(?:<[^{]*>)?)?` +
    String.raw`(?:\s+implements [^{]+?)?\s+\{$`,
  "gm",
);
const MEMBER =
  /^ {2}(?:static |override |readonly |async |get |declare )*\*?(\w+|\[Symbol\.\w+\])(?=[<(:])/gm;

/**
 * Every public wait of a package, read from its sources: functions, methods, properties, loops and
 * disposals that `index.ts` exports, as `sleep`, `Mutex.lock`, `for await Receiver`.
 */
export function publicWaits(packageFolder: string): readonly string[] {
  const sources = join(packageFolder, "src");
  const exported = exportedNames(readFileSync(join(sources, "index.ts"), "utf8"));
  const texts = readdirSync(sources, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts") && !path.endsWith(".test.ts"))
    .map((path) => readFileSync(join(sources, path), "utf8"));
  const names = [
    ...texts.flatMap(waitingFunctions).filter((name) => exported.has(name)),
    ...waitingMembers(texts, exported),
  ];
  return [...new Set(names)].toSorted();
}

function exportedNames(index: string): Set<string> {
  const names = new Set<string>();
  for (const [, list = ""] of index.matchAll(EXPORT)) {
    for (const name of list.split(",").map((each) => each.trim())) {
      if (name !== "" && !name.startsWith("type ")) names.add(name);
    }
  }
  return names;
}

function waitingFunctions(text: string): string[] {
  return [...text.matchAll(FUNCTION)].flatMap((match) => {
    const [, name = ""] = match;
    return WAITS.test(resultOf(text, match.index)) ? [name] : [];
  });
}

/** Members of the exported classes, with those from bases that are not exported themselves. */
function waitingMembers(texts: readonly string[], exported: ReadonlySet<string>): string[] {
  const classes = new Map<string, { body: string; base: string | undefined }>();
  for (const text of texts) {
    for (const match of text.matchAll(CLASS)) {
      const end = text.indexOf("\n}", match.index);
      const body = text.slice(match.index + match[0].length, end + 1);
      classes.set(match[1] ?? "", { body, base: match[2] });
    }
  }
  return [...exported].flatMap((name) => {
    const names: string[] = [];
    for (let own = classes.get(name); own !== undefined;) {
      for (const member of membersOf(own.body)) names.push(nameOf(name, member));
      const base = own.base ?? "";
      own = exported.has(base) ? undefined : classes.get(base);
    }
    return names;
  });
}

function membersOf(body: string): string[] {
  return [...body.matchAll(MEMBER)].flatMap((match) => {
    const [, member = ""] = match;
    if (member === "constructor") return [];
    const waits = member === "[Symbol.asyncIterator]" || WAITS.test(resultOf(body, match.index));
    return waits ? [member] : [];
  });
}

function nameOf(className: string, member: string): string {
  if (member === "[Symbol.asyncIterator]") return `for await ${className}`;
  if (member === "[Symbol.asyncDispose]") return `await using ${className}`;
  return `${className}.${member}`;
}

/** The type that a declaration has, or that its function returns. */
function resultOf(text: string, start: number): string {
  let depth = 0;
  let type = "";
  for (let at = start + 1; at < text.length; at++) {
    const character = text[at] ?? "";
    if (character === "(") depth++;
    if (depth === 0) {
      const isArrow = character === "=" && text[at + 1] === ">";
      if (character === ";") break;
      if (type.includes(":") && "={".includes(character) && !isArrow) break;
      type += character;
    }
    if (character === ")") depth--;
  }
  return type.slice(type.indexOf(":") + 1);
}
