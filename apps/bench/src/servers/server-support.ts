import { parseArgs } from "node:util";

/** The port from `--port N`; 0 lets the kernel choose. */
export function portArgument(): number {
  const { values } = parseArgs({ options: { port: { type: "string", default: "0" } } });
  return Number(values.port);
}

/** The line that says that clients may come. */
export function printListening(port: number): void {
  process.stdout.write(`listening on 127.0.0.1:${port}\n`);
}
