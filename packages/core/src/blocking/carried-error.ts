import { wordsFor } from "../check.ts";

/** What is thrown on one thread, in a form that another can be sent. */
export type CarriedError =
  | { readonly isError: false; readonly value: unknown }
  | {
      readonly isError: true;
      readonly name: string;
      readonly message: string;
      readonly stack: string | undefined;
      /** Own properties that can be cloned: `code`, `errno`, `path` and whatever else there is. */
      readonly properties: Readonly<Record<string, unknown>>;
      readonly cause: CarriedError | null;
      /** Of an `AggregateError`. */
      readonly errors: readonly CarriedError[] | null;
    };

/** Errors that cause each other in a ring, or without end, are cut off here. */
const DEPTH_MAX = 8;

/** Classes that are the same on every thread, so that `instanceof` goes on working. */
const CLASSES: Readonly<Record<string, new (message: string) => Error>> = {
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
};

/** Left out of the properties: they have fields of their own, or are the engine's. */
const SPECIAL: ReadonlySet<string> = new Set([
  "name",
  "message",
  "stack",
  "cause",
  "errors",
  "line",
  "column",
  "sourceURL",
  "originalLine",
  "originalColumn",
]);

/** Structured cloning drops an error's name and its properties, so they are carried beside it. */
export function packError(thrown: unknown, depth: number = 0): CarriedError {
  if (!(thrown instanceof Error)) return packValue(thrown);
  const properties: Record<string, unknown> = {};
  for (const key of Object.getOwnPropertyNames(thrown)) {
    const value = (thrown as unknown as Record<string, unknown>)[key];
    if (!SPECIAL.has(key) && isCloneable(value)) properties[key] = value;
  }
  const { name, message, stack, cause } = thrown;
  // Of what Bun throws, a failed import for one, it is not a property of its own.
  const { code } = thrown as { code?: unknown };
  if (typeof code === "string") properties["code"] = code;
  const isDeep = depth === DEPTH_MAX;
  const errors = !isDeep && thrown instanceof AggregateError ? thrown.errors : null;
  return {
    isError: true,
    name,
    message,
    stack: typeof stack === "string" ? stack : undefined,
    properties,
    cause: cause === undefined || isDeep ? null : packError(cause, depth + 1),
    errors: errors === null ? null : errors.map((each: unknown) => packError(each, depth + 1)),
  };
}

/** The error again, with name, message, stack, properties and cause as they were. */
export function unpackError(carried: CarriedError): unknown {
  if (!carried.isError) return carried.value;
  const { name, message, stack, properties, cause, errors } = carried;
  const error = construct(name, message, errors);
  if (error.name !== name) define(error, "name", name);
  if (stack !== undefined) define(error, "stack", stack);
  if (cause !== null) define(error, "cause", unpackError(cause));
  for (const [key, value] of Object.entries(properties)) {
    Object.defineProperty(error, key, {
      value,
      configurable: true,
      enumerable: true,
      writable: true,
    });
  }
  return error;
}

function construct(name: string, message: string, errors: readonly CarriedError[] | null): Error {
  if (errors !== null) return new AggregateError(errors.map(unpackError), message);
  const Class = Object.hasOwn(CLASSES, name) ? CLASSES[name] : undefined;
  return new (Class ?? Error)(message);
}

function define(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, { value, configurable: true, writable: true });
}

function packValue(value: unknown): CarriedError {
  return { isError: false, value: isCloneable(value) ? value : wordsFor(value) };
}

function isCloneable(value: unknown): boolean {
  try {
    structuredClone(value);
    return true;
  } catch (error) {
    if (error instanceof DOMException) return false;
    throw error;
  }
}
