import { type Fault, faultsIn } from "../fault.ts";

/** Turns, and large files read in parts. */
export const fsFaults: readonly Fault[] = [
  ...faultsIn(
    "packages/fs/src/turns.ts",
    ["fs"],
    [
      ["a newcomer overtakes those in line", "this.#waiting.length > 0 || ", ""],
      [
        "an aborted wait holds up those behind it",
        "this.#waiting.splice(index, 1); this.#grant();",
        "this.#waiting.splice(index, 1);",
      ],
      [
        "a turn that came too late is lost",
        "if (this.isGranted) this.#turns.leave(this.weight); else this.#turns.forget(this);",
        "this.#turns.forget(this);",
      ],
      [
        "those in line are let in whatever they weigh",
        "if (next === undefined || this.#taken + next.weight > this.#weightMax) return;",
        "if (next === undefined) return;",
      ],
    ],
  ),
  ...faultsIn(
    "packages/fs/src/read-file.ts",
    ["fs"],
    [
      [
        "what a file that shrank has not is filled with old memory",
        "if (count < part.byteLength) end = Math.min(end, from + count);",
        "",
      ],
      [
        "every part is that from the beginning",
        "await file.readInto(part, from, options);",
        "await file.readInto(part, 0, options);",
      ],
      ["a large file keeps its turn", "turns.leave(weight);", ""],
    ],
  ),
];
