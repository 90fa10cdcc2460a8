import { SERVER_IS_LEAVING } from "../protocol/texts.ts";

/** How a conversation came to its end: what is told about it, and the exit code. */
export interface Ending {
  /** One sentence; null when the person at the keyboard wanted it so. */
  readonly message: string | null;
  readonly exitCode: 0 | 1;
}

/** What is known when the connection has ended. */
export interface LastMoments {
  /** The person has left: by `/quit`, a key, or the end of the input. */
  readonly hasLeft: boolean;
  readonly lastLine: string;
  /** Why the connection broke; null when the server closed it. */
  readonly error: unknown;
}

/** A server that said goodbye is no failure; one that vanished is. */
export function endingOf({ hasLeft, lastLine, error }: LastMoments): Ending {
  if (hasLeft) return { message: null, exitCode: 0 };
  if (`${lastLine}\n` === SERVER_IS_LEAVING) return { message: "The server has left", exitCode: 0 };
  const code = error instanceof Error && "code" in error ? ` (${String(error.code)})` : "";
  const message = `The server closed the connection${code}: start it again, then this client`;
  return { message, exitCode: 1 };
}

/** What is told of a name that will not do, to somebody who cannot be asked for another one. */
export function refusal(reason: string): string {
  return `Cannot join: ${reason}. Pass another --name`;
}
