import type { SourceFile } from "./source-file.ts";

/** One place that breaks a house rule, and what to do about it. */
export interface Finding {
  readonly path: string;
  readonly line: number;
  readonly message: string;
}

/** A rule looks at one file and knows nothing of the others. */
export type FileRule = (file: SourceFile) => Finding[];

/** `packages/core/src/task.ts:12: message`, which editors and terminals can follow. */
export function formatFinding(finding: Finding): string {
  return `${finding.path}:${finding.line}: ${finding.message}`;
}
