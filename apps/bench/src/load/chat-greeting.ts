import { clientName } from "./chat-lines.ts";

const PROMPT = "Please enter your username:";

/**
 * What clients get outside the traffic: the prompt, then everybody who joins after them, at the end
 * the one who leaves. Line by line and in order; speed does not matter here.
 */
export class ChatGreeting {
  readonly #clients: number;
  readonly #partial: string[];
  readonly #heard: number[];
  /** Clients that have the prompt. */
  prompted: number = 0;
  /** Lines about others that all clients together have got. */
  announced: number = 0;
  #leaver: number | null = null;

  constructor(clients: number) {
    this.#clients = clients;
    this.#partial = Array.from({ length: clients }, () => "");
    // -1 waits for the prompt.
    this.#heard = Array.from({ length: clients }, () => -1);
  }

  /** How many of the others that joined after it a client has heard of. */
  heardBy(client: number): number {
    return this.#heard[client] ?? 0;
  }

  /** Everybody will have heard of so many when all have joined. */
  get announcedWhenAllJoined(): number {
    return (this.#clients * (this.#clients - 1)) / 2;
  }

  /** From here on only this client's farewell is expected. */
  expectFarewell(client: number): void {
    this.#leaver = client;
    this.announced = 0;
  }

  /** Takes what a client got. @throws Error at the first line that is not the one expected */
  take(client: number, text: string): void {
    const lines = ((this.#partial[client] ?? "") + text).split("\n");
    this.#partial[client] = lines.pop() ?? "";
    for (const line of lines) {
      const expected = this.#expected(client);
      if (line !== expected) {
        throw new Error(`Client ${client} got "${line.slice(0, 100)}" instead of "${expected}"`);
      }
      const heard = this.heardBy(client);
      this.#heard[client] = heard + 1;
      if (heard < 0) this.prompted++;
      else this.announced++;
    }
  }

  #expected(client: number): string {
    if (this.#leaver !== null) return `${clientName(this.#leaver)} has left the chat`;
    const heard = this.heardBy(client);
    if (heard < 0) return PROMPT;
    return `${clientName(client + heard + 1)} has joined the chat`;
  }
}
