import type { Node } from "../files/node.ts";

/** An open file or directory: what a descriptor leads to. */
export class OpenFile {
  readonly node: Node;
  /** The absolute path that it was opened by; bytes, each as one character. */
  readonly path: string;
  /** `O_*`. */
  flags: number;
  position: number = 0;

  constructor(node: Node, path: string, flags: number) {
    this.node = node;
    this.path = path;
    this.flags = flags;
  }
}
