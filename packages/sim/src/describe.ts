/** Errors of errors of errors are not looked into further. */
const DEPTH_MAX = 4;
const ERRORS_SHOWN_MAX = 8;

/** What was thrown, in words; of an error that stands for others, those as well. */
export function describeThrown(thrown: unknown, depth: number = 0): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const { name, message } = thrown;
  const text = message === "" ? name : `${name}: ${message}`;
  const inside = depth < DEPTH_MAX ? describeInside(thrown, depth + 1) : "";
  return inside === "" ? text : `${text} (${inside})`;
}

function describeInside(error: Error, depth: number): string {
  if (error instanceof SuppressedError) {
    const later = describeThrown(error.error, depth);
    return `${later}, which suppressed ${describeThrown(error.suppressed, depth)}`;
  }
  if (!(error instanceof AggregateError)) return "";
  const shown = error.errors.slice(0, ERRORS_SHOWN_MAX);
  const texts = shown.map((each) => describeThrown(each, depth));
  const left = error.errors.length - shown.length;
  return (left > 0 ? [...texts, `and ${left} more`] : texts).join("; ");
}
