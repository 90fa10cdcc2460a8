import { isInTheChat, PROMPT } from "../protocol/texts.ts";

/**
 * Finds out whether the server takes a name. It answers nothing when it does, so it is asked
 * something that only a member is told: who is in the chat.
 */
export class Joining {
  /** Sent after the name: no name itself, and nothing that the others hear of. */
  static readonly QUESTION: string = "/who\n";

  readonly #prompted: PromiseWithResolvers<void> = Promise.withResolvers<void>();
  readonly #joined: PromiseWithResolvers<void> = Promise.withResolvers<void>();
  #isOffered: boolean = false;
  #refusal: string | null = null;
  /** What came since the name was offered: said in the room, or the reason of a refusal. */
  #held: string[] = [];

  /** Resolves when the server has asked for a name. */
  get prompted(): Promise<void> {
    return this.#prompted.promise;
  }

  /** Resolves when the server has taken the name. */
  get joined(): Promise<void> {
    return this.#joined.promise;
  }

  /** Why the server has not taken the name; null while it is not known to be refused. */
  get refusal(): string | null {
    return this.#refusal;
  }

  /** A name and the question go to the server now. */
  offer(): void {
    this.#isOffered = true;
  }

  /** A line has come from the server. @returns the lines to show */
  hear(line: string): readonly string[] {
    const isPrompt = `${line}\n` === PROMPT;
    if (!this.#isOffered) {
      if (isPrompt) this.#prompted.resolve();
      return [line];
    }
    if (isPrompt) {
      this.#refusal = this.#held.pop() ?? "The server asks for another name";
    } else if (isInTheChat(line)) {
      return this.assume();
    } else {
      this.#held.push(line);
    }
    return [];
  }

  /**
   * The name is taken; without an answer because the server is another's, which knows the question
   * not. @returns the lines to show
   */
  assume(): readonly string[] {
    this.#isOffered = false;
    this.#joined.resolve();
    return this.release();
  }

  /** Nothing more comes that could tell what the lines kept back are: they are to be shown. */
  release(): readonly string[] {
    return this.#held.splice(0);
  }
}
