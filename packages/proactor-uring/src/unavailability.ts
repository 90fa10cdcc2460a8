import type { Unavailability } from "@bascule/core";
import {
  EINVAL,
  EMFILE,
  ENFILE,
  ENOMEM,
  ENOSYS,
  EPERM,
  errnoMessage,
  errnoName,
  getResourceLimit,
  kernelRelease,
  type LibraryMissingError,
  RLIMIT_MEMLOCK,
  uringDisabledSetting,
} from "@bascule/sys";

/** What is known of the machine when the kernel refuses a ring. */
export interface MachineFacts {
  readonly kernel: { readonly text: string; readonly major: number; readonly minor: number };
  /** `kernel.io_uring_disabled`, or null where there is no such setting. */
  readonly disabled: number | null;
  readonly memlockBytes: number;
}

/** Looks at this machine. */
export function machineFacts(): MachineFacts {
  return {
    kernel: kernelRelease(),
    disabled: uringDisabledSetting(),
    memlockBytes: getResourceLimit(RLIMIT_MEMLOCK).soft,
  };
}

/** liburing is not there, or too old. */
export function withoutLiburing(error: LibraryMissingError): Unavailability {
  const tooOld = error.code === "ERR_LIBRARY_SYMBOL_MISSING";
  const paths = error.pathsTried.map((path) => `"${path}"`).join(", ");
  return {
    code: tooOld ? "ERR_LIBURING_TOO_OLD" : "ERR_LIBURING_MISSING",
    cause: tooOld
      ? `liburing ${paths} is older than 2.3`
      : `liburing cannot be loaded from ${paths}`,
    remedy: `${error.remedy}, or set BASCULE_LIBURING to the path of liburing.so.2 (2.3 or newer)`,
  };
}

/** The kernel refused to set a ring up: which of the possible reasons it was. */
export function explainSetUp(result: number, facts: MachineFacts): Unavailability {
  switch (-result) {
    case EPERM:
      return explainForbidden(facts);
    case ENOSYS:
      return explainAbsent(facts);
    case EINVAL:
      return tooOld(facts);
    case ENOMEM:
      return {
        code: "ERR_URING_MEMLOCK",
        cause: `the memory that this process may lock (${facts.memlockBytes} bytes) is too little`,
        remedy:
          "raise it with `ulimit -l 65536` (KiB), `LimitMEMLOCK=64M` in systemd or " +
          "`--ulimit memlock=67108864` in Docker",
      };
    case EMFILE:
    case ENFILE:
      return {
        code: "ERR_URING_DESCRIPTORS",
        cause: `there is no file descriptor left for the ring (${errnoMessage(result)})`,
        remedy: "raise the limit with `ulimit -n 65536`, or close what is not needed",
      };
    default:
      return {
        code: "ERR_URING_SETUP",
        cause: `io_uring_setup(2) fails with ${errnoName(result)} (${errnoMessage(result)})`,
        remedy: "use the epoll driver: BASCULE_DRIVER=epoll",
      };
  }
}

/** The kernel has io_uring, but not what the driver is made of. */
export function withoutOperation(name: string, facts: MachineFacts): Unavailability {
  return {
    code: "ERR_URING_OPERATION",
    cause: `io_uring of kernel ${facts.kernel.text} does not support "${name}"`,
    remedy: "upgrade to Linux 5.8 or newer (6.1 is best), or use BASCULE_DRIVER=epoll",
  };
}

function explainForbidden({ disabled }: MachineFacts): Unavailability {
  if (disabled !== null && disabled !== 0) {
    return {
      code: "ERR_URING_DISABLED",
      cause: `the setting kernel.io_uring_disabled is ${disabled}`,
      remedy: "sudo sysctl -w kernel.io_uring_disabled=0",
    };
  }
  return {
    code: "ERR_URING_FORBIDDEN",
    cause: "a seccomp filter forbids io_uring to this process, as containers often do",
    remedy:
      "allow io_uring_setup, io_uring_enter and io_uring_register in the filter " +
      "(Docker: --security-opt seccomp=PROFILE), or use BASCULE_DRIVER=epoll",
  };
}

/** A kernel from before 5.1, one built without io_uring, or a sandbox that plays one. */
function explainAbsent(facts: MachineFacts): Unavailability {
  const { kernel } = facts;
  if (kernel.major < 5 || (kernel.major === 5 && kernel.minor < 4)) return tooOld(facts);
  return {
    code: "ERR_URING_FORBIDDEN",
    cause:
      `kernel ${kernel.text} denies that it has io_uring: ` +
      "it was built without, or a sandbox hides it",
    remedy: "leave the sandbox, boot a kernel with CONFIG_IO_URING, or use BASCULE_DRIVER=epoll",
  };
}

function tooOld({ kernel }: MachineFacts): Unavailability {
  return {
    code: "ERR_URING_KERNEL_TOO_OLD",
    cause: `kernel ${kernel.text} has no io_uring that is new enough`,
    remedy: "upgrade to Linux 5.8 or newer (6.1 is best), or use BASCULE_DRIVER=epoll",
  };
}
