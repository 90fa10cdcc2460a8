import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What to run and for how long it may run. */
export interface Command {
  readonly argv: readonly string[];
  readonly folder: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly timeLimitMs: number;
}

/** How a command ended. */
export interface CommandResult {
  readonly exitCode: number | null;
  /** Standard output and error in the order they were written. */
  readonly output: string;
  readonly durationMs: number;
  /** What was wrong beside the exit code: the time limit, a signal, processes left behind. */
  readonly complaint: string | null;
}

/** How long the processes that a command started may outlive it before that is a failure. */
const LEAVE_MS = 2000;

/** The folder of the output of each process group that is running. */
const liveGroups = new Map<number, string>();

/**
 * Runs a command in a process group of its own, without standard input, and ends the whole group
 * when the time is up or when the command leaves processes behind.
 */
export async function runCommand(command: Command): Promise<CommandResult> {
  const folder = mkdtempSync(join(tmpdir(), "bascule-step-"));
  const path = join(folder, "output");
  const output = openSync(path, "w");
  const startedMs = performance.now();
  try {
    const child = Bun.spawn([...command.argv], {
      cwd: command.folder,
      env: { ...process.env, ...command.environment },
      detached: true,
      stdio: ["ignore", output, output],
    });
    liveGroups.set(child.pid, folder);
    const complaint = await supervise(child, command.timeLimitMs);
    return {
      exitCode: child.exitCode,
      output: readFileSync(path, "utf8"),
      durationMs: performance.now() - startedMs,
      complaint,
    };
  } finally {
    closeSync(output);
    rmSync(folder, { recursive: true });
  }
}

/** Ends every command that is still running and removes its output: for an interrupt. */
export function endAllCommands(): void {
  for (const [group, folder] of liveGroups) {
    signalGroup(group, "SIGKILL");
    rmSync(folder, { recursive: true });
  }
}

async function supervise(child: Bun.Subprocess, timeLimitMs: number): Promise<string | null> {
  let isLate = false;
  const limit = setTimeout(() => {
    isLate = true;
    signalGroup(child.pid, "SIGKILL");
  }, timeLimitMs);
  await child.exited;
  clearTimeout(limit);
  const left = await endLeftovers(child.pid);
  liveGroups.delete(child.pid);
  if (isLate) return `The time limit of ${timeLimitMs / 1000} s passed`;
  if (child.signalCode !== null) return `Ended by ${child.signalCode}`;
  return left ? "It left processes running" : null;
}

async function endLeftovers(group: number): Promise<boolean> {
  const deadlineMs = performance.now() + LEAVE_MS;
  while (isRunning(group)) {
    if (performance.now() > deadlineMs) {
      signalGroup(group, "SIGKILL");
      return true;
    }
    await Bun.sleep(20);
  }
  return false;
}

/** A dead process that nobody has waited for, as in a container without an init, does not count. */
function isRunning(group: number): boolean {
  const processes = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return processes.some((name) => {
    const stat = readIfThere(`/proc/${name}/stat`);
    const [state, , processGroup] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return Number(processGroup) === group && state !== "Z" && state !== "X";
  });
}

/** A process may be gone between the listing and the reading, or hidden as somebody else's. */
function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (["ENOENT", "ESRCH", "EPERM", "EACCES"].some((code) => isSystemError(error, code)))
      return "";
    throw error;
  }
}

function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch (error) {
    if (!isSystemError(error, "ESRCH")) throw error;
  }
}

function isSystemError(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
