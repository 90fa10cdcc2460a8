import { clean } from "../protocol/clean.ts";
import { isCommand } from "../protocol/command-names.ts";
import { toName } from "../protocol/names.ts";
import { PROMPT } from "../protocol/texts.ts";
import { ScrollBack } from "./scroll-back.ts";

/**
 * What is said on both sides. The server sends nobody their own lines, so they are shown here; and
 * its prompt makes the next line a name.
 */
export class Conversation {
  readonly talk: ScrollBack = new ScrollBack();
  readonly #send: (line: string) => void;
  /** Given on the command line; offered once. */
  #offer: string | undefined;
  #name: string | null = null;
  #isAsked: boolean = false;
  #lastLine: string = "";
  #hasQuit: boolean = false;

  constructor(name: string | undefined, send: (line: string) => void) {
    this.#offer = name;
    this.#send = send;
  }

  /** What the person is called; null until a name has been given. */
  get name(): string | null {
    return this.#name;
  }

  /** The last that came from the server. */
  get lastLine(): string {
    return this.#lastLine;
  }

  /** Whether the server was told `/quit`, and not as a name. */
  get hasQuit(): boolean {
    return this.#hasQuit;
  }

  /** A line has come from the server. */
  hear(line: string, columns: number): void {
    this.#lastLine = line;
    this.talk.add(line, columns);
    if (`${line}\n` !== PROMPT) return;
    this.#isAsked = true;
    this.#name = null;
    if (this.#offer === undefined) return;
    this.speak(this.#offer, columns);
    this.#offer = undefined;
  }

  /** A line has been typed. */
  speak(line: string, columns: number): void {
    this.#send(line);
    if (this.#isAsked) {
      this.#isAsked = false;
      this.#name = toName(clean(line));
      this.talk.add(`You are ${this.#name}`, columns);
      return;
    }
    // As the server looks for commands: one with a space before it is said to everybody.
    const command = line.trimEnd();
    if (command === "/quit") this.#hasQuit = true;
    const shown = isCommand(command) ? line : `${this.#name ?? "you"}: ${clean(line)}`;
    this.talk.add(shown, columns);
  }
}
