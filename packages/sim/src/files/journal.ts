import type { Choices } from "../choices.ts";
import type { Node } from "./node.ts";

/** One name in a directory, before and after. */
export interface NameChange {
  readonly directory: Node;
  readonly name: string;
  readonly before: Node | undefined;
  readonly after: Node | undefined;
}

/**
 * Changes of directories that are not on the disk yet, oldest first. Like a journalling file
 * system, a crash keeps a beginning of them; each is kept or lost as a whole, a rename included.
 */
export class Journal {
  #changes: NameChange[][] = [];

  get length(): number {
    return this.#changes.length;
  }

  /** Makes some changes together. */
  apply(changes: NameChange[]): void {
    for (const change of changes) put(change, change.after, change.before);
    this.#changes.push(changes);
  }

  /** A directory was synced: everything so far survives. */
  commit(): void {
    this.#changes = [];
  }

  /** The power fails: the newest changes are undone. @param tell called before each is */
  crash(choices: Choices, tell: (changes: readonly NameChange[]) => void): void {
    const kept = this.#changes.length - choices.choose(this.#changes.length + 1);
    const lost = this.#changes.splice(kept);
    for (const changes of lost.toReversed()) {
      tell(changes);
      for (const change of changes.toReversed()) put(change, change.before, change.after);
    }
    this.#changes = [];
  }
}

function put({ directory, name }: NameChange, now: Node | undefined, was: Node | undefined): void {
  if (was !== undefined) was.links--;
  if (now === undefined) {
    directory.entries?.delete(name);
    return;
  }
  now.links++;
  if (now.isDirectory) now.parent = directory;
  directory.entries?.set(name, now);
}
