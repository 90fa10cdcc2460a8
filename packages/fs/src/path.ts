import { fileURLToPath } from "node:url";
import { argumentTypeError, argumentValueError } from "./errors.ts";

/** A path: text, a `file:` URL, or bytes for a name that is not UTF-8. */
export type PathLike = string | URL | Uint8Array;

/** Bytes of the longest path, without the NUL that ends it. */
export const PATH_BYTES_MAX = 4095;

/**
 * The text of a path, or its bytes when it was given as bytes: what goes to the kernel.
 * @param name of the argument, for the error
 * @throws TypeError `ERR_INVALID_ARG_TYPE` when it is no path, `ERR_INVALID_ARG_VALUE` when a NUL
 *   is in it, `ERR_INVALID_URL_SCHEME` and others for a URL that names no file
 */
export function toPath(path: PathLike, name: string = "path"): string | Uint8Array {
  const found = path instanceof URL ? fileURLToPath(path) : path;
  if (typeof found === "string") {
    if (found.includes("\0")) throw nulError(name, found);
    return found;
  }
  if (!(found instanceof Uint8Array)) {
    throw argumentTypeError(
      name,
      path,
      "of type string or an instance of Buffer, Uint8Array or URL",
    );
  }
  if (found.includes(0)) throw nulError(name, found);
  return found;
}

/** A path for a person: errors, names of files. */
export function pathText(path: string | Uint8Array): string {
  return typeof path === "string" ? path : bufferOf(path).toString("utf8");
}

/** A path as bytes of its own. */
export function pathBytes(path: string | Uint8Array): Uint8Array {
  return typeof path === "string" ? Buffer.from(path) : path;
}

/** Joins a folder and the name of an entry, as text when both are. */
export function joinPath(
  folder: string | Uint8Array,
  name: string | Uint8Array,
): string | Uint8Array {
  if (typeof folder === "string" && typeof name === "string") {
    return folder === "" || folder.endsWith("/") ? folder + name : `${folder}/${name}`;
  }
  const start = pathBytes(folder);
  const separator = start.byteLength === 0 || start.at(-1) === 0x2f ? "" : "/";
  return Buffer.concat([start, Buffer.from(separator), pathBytes(name)]);
}

/**
 * The folder that a path is in: `.` for a bare name, the path itself for a root. Slashes at the
 * end do not count.
 */
export function parentPath(path: string | Uint8Array): string | Uint8Array {
  const bytes = bufferOf(pathBytes(path));
  let end = bytes.byteLength;
  while (end > 1 && bytes[end - 1] === 0x2f) end--;
  let slash = end - 1;
  while (slash >= 0 && bytes[slash] !== 0x2f) slash--;
  if (slash < 0) return typeof path === "string" ? "." : Buffer.from(".");
  while (slash > 0 && bytes[slash - 1] === 0x2f) slash--;
  const parent = bytes.subarray(0, slash === 0 ? 1 : slash);
  return typeof path === "string" ? parent.toString("utf8") : parent;
}

/** A path without the slashes at its end, by which a symbolic link would be followed. */
export function trimSlashes(path: string | Uint8Array): string | Uint8Array {
  if (typeof path === "string") return path.replace(/(?<=.)\/+$/s, "");
  let end = path.byteLength;
  while (end > 1 && path[end - 1] === 0x2f) end--;
  return path.subarray(0, end);
}

/** A view as a Buffer of the same memory, for its decoders. */
export function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function nulError(name: string, value: string | Uint8Array): TypeError {
  return argumentValueError(name, value, "must be a string, Uint8Array, or URL without null bytes");
}
