import { existsSync, readFileSync } from "node:fs";
import { arch, release } from "node:os";
import { join } from "node:path";
import { ROOT } from "../workspaces.ts";

/** One line of the report; `remedy` when something is to be mended. */
export interface Fact {
  readonly name: string;
  readonly value: string;
  readonly remedy: string | null;
}

/** What can be read of this machine without a system call of our own. */
export function machineFacts(): Fact[] {
  const limits = readText("/proc/self/limits");
  return [
    bunFact(),
    kernelFact(release()),
    uringSwitchFact(readText("/proc/sys/kernel/io_uring_disabled")?.trim() ?? null),
    liburingFact(),
    limitFact("locked memory", limits, "Max locked memory"),
    limitFact("open files", limits, "Max open files"),
  ];
}

/** Older than 5.19 there is no multishot accept, and than 6.0 no multishot receive. */
export function kernelFact(kernelRelease: string): Fact {
  const [major = 0, minor = 0] = kernelRelease.split(".").map(Number);
  const hasMultishot = major >= 6;
  const hasRing = major > 5 || (major === 5 && minor >= 1);
  const remedy = hasMultishot
    ? null
    : hasRing
      ? "io_uring is at its best from Linux 6.1 on; older kernels take fallbacks"
      : "io_uring needs Linux 5.1: only epoll is possible here";
  return { name: "kernel", value: `${kernelRelease} ${arch()}`, remedy };
}

/** The switch of the system administrator; kernels before 6.6 have none. */
export function uringSwitchFact(value: string | null): Fact {
  const name = "kernel.io_uring_disabled";
  const remedy = "sudo sysctl kernel.io_uring_disabled=0";
  if (value === null) return { name, value: "this kernel has no such switch", remedy: null };
  if (value === "0") return { name, value: "0: allowed", remedy: null };
  if (value === "1") return { name, value: "1: only for members of io_uring_group", remedy };
  return { name, value: `${value}: forbidden for all`, remedy };
}

/** A limit of `/proc/self/limits` in a few words. */
export function limitFact(name: string, limits: string | null, label: string): Fact {
  const line = limits?.split("\n").find((text) => text.startsWith(label));
  const [soft, hard] = line?.slice(label.length).trim().split(/\s+/) ?? [];
  const value = line === undefined ? "unknown" : `${soft} (may be raised to ${hard})`;
  return { name, value, remedy: null };
}

function bunFact(): Fact {
  const { packageManager } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const isPinned = packageManager === `bun@${Bun.version}`;
  const remedy = isPinned ? null : `./dev bun runs the pinned ${packageManager}`;
  return { name: "Bun", value: Bun.version, remedy };
}

function liburingFact(): Fact {
  const path = process.env["BASCULE_LIBURING"] ?? liburingPath();
  const remedy = path === null ? "sudo apt-get install -y liburing2" : null;
  return { name: "liburing", value: path ?? "not found", remedy };
}

function liburingPath(): string | null {
  const machine = arch() === "arm64" ? "aarch64" : "x86_64";
  const folders = [`/usr/lib/${machine}-linux-gnu`, `/lib/${machine}-linux-gnu`];
  const usual = [...folders, "/usr/local/lib", "/usr/lib64", "/lib64", "/usr/lib", "/lib"];
  const folder = usual.find((each) => existsSync(join(each, "liburing.so.2")));
  return folder === undefined ? null : join(folder, "liburing.so.2");
}

function readText(path: string): string | null {
  return existsSync(path) ? readFileSync(path, "utf8") : null;
}
