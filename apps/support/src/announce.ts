import type { WriteStream } from "node:tty";

/**
 * Prints what a server has to say. Nobody needs to read it: where the output is closed (its reader
 * was `head -1`, say) or its disk is full, it is lost, and the server goes on serving.
 */
export function announce(text: string, output: WriteStream = process.stdout): void {
  // Without a listener the error would end the process.
  if (!output.listeners("error").includes(lose)) output.on("error", lose);
  output.write(text);
}

function lose(): void {}
