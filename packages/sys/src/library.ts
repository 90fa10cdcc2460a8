import { dlopen, type FFITypeOrString } from "bun:ffi";

/** The argument and result kinds we use: all of them are plain numbers in JavaScript. */
export type NumericKind = "i32" | "u32" | "ptr" | "u64_fast" | "i64_fast";

/** The C functions to take from a library. */
export interface SymbolTable {
  readonly [name: string]: { readonly args: readonly NumericKind[]; readonly returns: NumericKind };
}

/** The functions of a symbol table, bound: every argument and every result is a number. */
export type Bound<Table extends SymbolTable> = {
  readonly [Name in keyof Table]: (...values: NumberForEach<Table[Name]["args"]>) => number;
};

type NumberForEach<Kinds extends readonly unknown[]> = { [Index in keyof Kinds]: number };

/** What to open, and how a person gets it when it is not there. */
export interface LibrarySource {
  /** Name for messages: `liburing`. */
  readonly library: string;
  /** File names or paths, tried in this order. */
  readonly candidates: readonly string[];
  /** The command or sentence that mends it: `apt-get install liburing2`. */
  readonly remedy: string;
}

/** A shared library, or a function in it, that this machine does not have. */
export class LibraryMissingError extends Error {
  override readonly name: string = "LibraryMissingError";
  /** `ERR_LIBRARY_MISSING`, or `ERR_LIBRARY_SYMBOL_MISSING` when the file is there but too old. */
  readonly code: "ERR_LIBRARY_MISSING" | "ERR_LIBRARY_SYMBOL_MISSING";
  readonly library: string;
  readonly pathsTried: readonly string[];
  readonly remedy: string;

  constructor(source: LibrarySource, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(`Cannot load ${source.library}: ${reason}; mend it with: ${source.remedy}`, { cause });
    const opened = !(cause instanceof Error && "code" in cause && cause.code === DLOPEN_FAILED);
    this.code = opened ? "ERR_LIBRARY_SYMBOL_MISSING" : "ERR_LIBRARY_MISSING";
    this.library = source.library;
    this.pathsTried = source.candidates;
    this.remedy = source.remedy;
  }
}

const DLOPEN_FAILED = "ERR_DLOPEN_FAILED";

/**
 * Opens a library with dlopen(3) and binds its functions. One missing symbol fails the whole call,
 * so optional functions belong in a call of their own. The library stays open as long as the
 * process.
 * @throws {LibraryMissingError} when no candidate can be opened, or a function is missing
 */
export function openLibrary<const Table extends SymbolTable>(
  source: LibrarySource,
  table: Table,
): Bound<Table> {
  let failure: unknown;
  for (const path of source.candidates) {
    try {
      const library = dlopen(path, table as Record<string, { args: readonly FFITypeOrString[] }>);
      return library.symbols as unknown as Bound<Table>;
    } catch (error) {
      failure = error;
    }
  }
  throw new LibraryMissingError(source, failure);
}
