/** What the server says. The first four are tokio's, to the letter: its clients rely on them. */
export const PROMPT: string = "Please enter your username:\n";

export const SERVER_IS_LEAVING: string = "server is leaving\n";

export function hasJoined(name: string): string {
  return `${name} has joined the chat\n`;
}

export function hasLeft(name: string): string {
  return `${name} has left the chat\n`;
}

export function said(name: string, line: string): string {
  return `${name}: ${line}\n`;
}

/** The answer to `/who`. */
export function inTheChat(names: readonly string[]): string {
  return `${names.length} in the chat: ${names.join(", ")}\n`;
}

/** Whether a line is {@link inTheChat}: for a client, which gets it without its newline. */
export function isInTheChat(line: string): boolean {
  return /^\d+ in the chat: /.test(line);
}

/** What is told to one client alone has a colon in it as well as what somebody says. */
const ANSWER =
  /^(\d+ in the chat|Your line was not sent|You were disconnected|(That|The) name .+): /;

/** Whether a line is the server's answer to one client, and nobody says it. */
export function isAnswer(line: string): boolean {
  return ANSWER.test(line);
}

export function lineTooLong(bytesMax: number): string {
  return `Your line was not sent: it is longer than ${bytesMax} bytes\n`;
}

export function readTooSlowly(bytesMax: number): string {
  return `You were disconnected: you read too slowly, ${bytesMax >> 10} KiB were waiting for you\n`;
}
