import { ERRNO_TABLE } from "./errno-table.ts";

export const EPERM = 1;
export const ENOENT = 2;
export const EINTR = 4;
export const EIO = 5;
export const ENXIO = 6;
export const EBADF = 9;
export const EAGAIN = 11;
export const ENOMEM = 12;
export const EACCES = 13;
export const EFAULT = 14;
export const EBUSY = 16;
export const EEXIST = 17;
export const EXDEV = 18;
export const ENODEV = 19;
export const ENOTDIR = 20;
export const EISDIR = 21;
export const EINVAL = 22;
export const ENFILE = 23;
export const EMFILE = 24;
export const EFBIG = 27;
export const ENOSPC = 28;
export const ESPIPE = 29;
export const EROFS = 30;
export const EPIPE = 32;
export const ENAMETOOLONG = 36;
export const ENOSYS = 38;
export const ENOTEMPTY = 39;
export const ELOOP = 40;
export const ENONET = 64;
export const EPROTO = 71;
export const EOVERFLOW = 75;
export const EBADFD = 77;
export const ENOTSOCK = 88;
export const EMSGSIZE = 90;
export const ENOPROTOOPT = 92;
export const EOPNOTSUPP = 95;
export const EAFNOSUPPORT = 97;
export const EADDRINUSE = 98;
export const EADDRNOTAVAIL = 99;
export const ENETDOWN = 100;
export const ENETUNREACH = 101;
export const ECONNABORTED = 103;
export const ECONNRESET = 104;
export const ENOBUFS = 105;
export const EISCONN = 106;
export const ENOTCONN = 107;
export const ETIMEDOUT = 110;
export const ECONNREFUSED = 111;
export const EHOSTDOWN = 112;
export const EHOSTUNREACH = 113;
export const EALREADY = 114;
export const EINPROGRESS = 115;
export const ETIME = 62;
export const ECANCELED = 125;

const names: string[] = [];
const messages: string[] = [];
for (const [number, name, message] of ERRNO_TABLE) {
  names[number] = name;
  messages[number] = message;
}

/**
 * The name of an error number, as Node's `code`: `errnoName(111)` and `errnoName(-111)` are both
 * `"ECONNREFUSED"`. A number that Linux does not have gives `"Unknown system error 4095"`.
 */
export function errnoName(errno: number): string {
  const number = Math.abs(errno);
  return names[number] ?? `Unknown system error ${number}`;
}

/**
 * The message of an error number in libuv's words: `errnoMessage(2)` is `"no such file or
 * directory"`.
 */
export function errnoMessage(errno: number): string {
  const number = Math.abs(errno);
  return messages[number] ?? `unknown system error ${number}`;
}
