import { Runtime } from "@bascule/core";

/** What the room has passed on, and what that cost: the answer to `/stats`. */
export class Statistics {
  /** Lines that members have said. */
  lines: number = 0;
  /** Messages that this made: each line goes to everybody else. */
  messages: number = 0;

  /** A line was said to so many. */
  count(recipients: number): void {
    this.lines++;
    this.messages += recipients;
  }

  /** A few lines for a person. */
  toString(): string {
    const runtime = Runtime.current();
    const { tasks, operations, systemCalls } = runtime.metrics();
    return [
      `driver: ${runtime.choice.driver} (${runtime.choice.reason})`,
      `tasks: ${tasks.live}`,
      `operations in flight: ${operations.inFlight}`,
      `system calls per message: ${this.#perMessage(systemCalls)}`,
      "",
    ].join("\n");
  }

  #perMessage(systemCalls: number): string {
    if (this.messages === 0) return `no messages yet (${systemCalls} calls)`;
    const ratio = (systemCalls / this.messages).toFixed(3);
    return `${ratio} (${systemCalls} calls, ${this.messages} messages)`;
  }
}
