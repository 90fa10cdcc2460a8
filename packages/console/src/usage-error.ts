/** A mistake on the command line. Its message is all that the person gets to see. */
export class UsageError extends Error {
  override readonly name: string = "UsageError";
}
