/** One ```ts block of a Markdown file. */
export interface Example {
  /** The 1-based line of its first line of code. */
  readonly line: number;
  readonly code: string;
  /** `ts no-run` is compiled and not run: it serves for ever, or needs a peer. */
  readonly isRun: boolean;
}

/** The TypeScript examples of a Markdown text, in order. */
export function extractExamples(markdown: string): Example[] {
  const found: Example[] = [];
  const lines = markdown.split("\n");
  for (let index = 0; index < lines.length; index += 1) {
    const fence = /^( *)(`{3,})(\S*) *(.*)$/.exec(lines[index] ?? "");
    if (fence === null) continue;
    const [, margin = "", ticks = "", language, attributes = ""] = fence;
    const start = index + 1;
    index = endOfBlock(lines, start, ticks);
    if (language !== "ts") continue;
    const code = lines.slice(start, index).map((text) => text.slice(margin.length));
    const isRun = !attributes.split(" ").includes("no-run");
    found.push({ line: start + 1, code: `${code.join("\n")}\n`, isRun });
  }
  return found;
}

/** The documentation comments of a TypeScript file as Markdown, each line where it stood. */
export function documentationOf(source: string): string {
  let isInside = false;
  return source.replace(/^.*$/gm, (line) => {
    if (/^\s*\/\*\*/.test(line)) isInside = true;
    const text = isInside ? line.replace(/^\s*(\/\*)?\*+ ?/, "") : "";
    if (line.includes("*/")) isInside = false;
    return text;
  });
}

function endOfBlock(lines: readonly string[], start: number, ticks: string): number {
  const end = lines.findIndex((text, index) => index >= start && text.trim() === ticks);
  return end < 0 ? lines.length : end;
}
