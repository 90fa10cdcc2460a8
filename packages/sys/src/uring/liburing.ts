import { LibraryMissingError, openLibrary, type Bound } from "../library.ts";

// The raw calls, which liburing exports since 2.3: unlike syscall(2) they return -errno by
// themselves.
const LIBURING_SYMBOLS = {
  io_uring_setup: { args: ["u32", "ptr"], returns: "i32" },
  io_uring_enter: { args: ["i32", "u32", "u32", "u32", "ptr"], returns: "i32" },
  io_uring_enter2: { args: ["i32", "u32", "u32", "u32", "ptr", "u64_fast"], returns: "i32" },
  io_uring_register: { args: ["i32", "u32", "ptr", "u32"], returns: "i32" },
} as const;

/** The functions of liburing that this package calls; all of them return `-errno`. */
export type Liburing = Bound<typeof LIBURING_SYMBOLS>;

let symbols: Liburing | undefined;

/**
 * liburing's functions, bound on the first call and kept as long as the process. The environment
 * variable `BASCULE_LIBURING` names another file than the system's `liburing.so.2`.
 * @throws {LibraryMissingError} when it cannot be loaded, or is older than 2.3
 */
export function liburing(): Liburing {
  if (symbols !== undefined) return symbols;
  const chosen = process.env["BASCULE_LIBURING"];
  const path = chosen === undefined || chosen === "" ? "liburing.so.2" : chosen;
  const remedy = "apt-get install liburing2";
  symbols = openLibrary({ library: "liburing", candidates: [path], remedy }, LIBURING_SYMBOLS);
  return symbols;
}

/** Why liburing cannot be loaded, or `null` when it can (and now is). */
export function liburingProblem(): LibraryMissingError | null {
  try {
    liburing();
    return null;
  } catch (error) {
    if (error instanceof LibraryMissingError) return error;
    throw error;
  }
}
