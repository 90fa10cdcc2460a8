import type { Socket } from "node:net";
import { peerCredentials } from "@bascule/sys";
import type { ConsoleReport } from "./report.ts";
import { userId } from "./socket-place.ts";

/** The longest question: there is only one, and it is an empty line. */
const QUESTION_BYTES_MAX = 1024;

/** Somebody who looks: each line that comes asks for a report. */
export class Visitor {
  readonly #socket: Socket;
  readonly #report: () => ConsoleReport;
  #question: string = "";
  #isAsked: boolean = false;
  #isAnswering: boolean = false;

  constructor(socket: Socket, report: () => ConsoleReport) {
    this.#socket = socket;
    this.#report = report;
  }

  /** Answers from now on, until the connection ends. */
  attend(): void {
    const socket = this.#socket;
    socket.setEncoding("utf8");
    socket.on("data", (text) => this.#hear(String(text)));
    // Who goes away in the middle of an answer is no fault of the program's.
    socket.on("error", () => socket.destroy());
  }

  #hear(text: string): void {
    const lines = (this.#question + text).split("\n");
    this.#question = lines.pop() ?? "";
    this.#isAsked ||= lines.length > 0;
    if (this.#question.length > QUESTION_BYTES_MAX) this.#socket.destroy();
    else this.#answer();
  }

  /** One answer for all that has been asked; none while the last has not been taken. */
  #answer(): void {
    if (!this.#isAsked || this.#isAnswering || this.#socket.destroyed) return;
    this.#isAsked = false;
    this.#isAnswering = true;
    this.#socket.write(`${JSON.stringify(this.#report())}\n`, () => {
      this.#isAnswering = false;
      this.#answer();
    });
  }
}

/**
 * Whether who has connected acts for the same user, or is somebody who may open any file.
 * @param otherwise where Bun does not say which descriptor it is
 */
export function isSameUser(socket: object, otherwise: boolean): boolean {
  const fd = (socket as { _handle?: { fd?: number } })._handle?.fd;
  if (typeof fd !== "number" || fd < 0) return otherwise;
  const peer = peerCredentials(fd);
  return typeof peer !== "number" && peer.userId === userId();
}
