import { type Fault, faultsIn } from "../fault.ts";

/** Large files read in parts. */
export const fsFaults: readonly Fault[] = [
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
