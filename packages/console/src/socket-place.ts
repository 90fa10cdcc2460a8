import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  unlinkSync,
} from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { threadId } from "node:worker_threads";

/** What group and others may do. */
const OTHERS = 0o077;

/** The names that {@link socketPath} gives: of a process, and of a worker in it. */
const OWN_NAME = /^(\d+)(?:-\d+)?\.sock$/;

/** The folder where programs of this user put their sockets: only the user can look into it. */
export function socketFolder(): string {
  const own = Bun.env["XDG_RUNTIME_DIR"];
  if (own !== undefined && own !== "") return join(own, "bascule");
  return join(tmpdir(), `bascule-${userId()}`);
}

/** The socket of this thread: in the folder of its user, or where `place` says. */
export function socketPath(place: string): string {
  if (place === "1") {
    const name = threadId === 0 ? `${process.pid}` : `${process.pid}-${threadId}`;
    return join(socketFolder(), `${name}.sock`);
  }
  const path = resolve(place.replaceAll("%p", String(process.pid)));
  return threadId === 0 ? path : `${path}.${threadId}`;
}

/**
 * Makes the folder of a socket, for this user alone, and removes a socket that nobody listens on;
 * in the user's own folder those of programs that have gone as well.
 * @throws (rejects) Error when the user's own folder is somebody else's, or open to others; when
 *   something that is not a dead socket stands at the path
 */
export async function preparePlace(path: string): Promise<void> {
  const folder = dirname(path);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (isInOwnFolder(path)) {
    checkFolder(folder);
    await removeLeftSockets(folder);
  }
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) throw new Error(`Cannot serve top at "${path}": a file stands there`);
  if (await isListening(path)) throw new Error(`Cannot serve top at "${path}": somebody else does`);
  unlinkSync(path);
}

/** Whether a socket is in the folder that only its user can look into. */
export function isInOwnFolder(path: string): boolean {
  return dirname(path) === socketFolder();
}

/** Somebody may have made `/tmp/bascule-1000` before us, to look at what we put into it. */
function checkFolder(folder: string): void {
  const { mode, uid } = lstatSync(folder);
  if (uid !== userId()) {
    throw new Error(`Cannot serve top in "${folder}": it belongs to user ${uid}`);
  }
  if ((mode & OTHERS) !== 0) chmodSync(folder, 0o700);
}

/**
 * The sockets in the user's folder that somebody listens on. Those of programs that have gone are
 * removed.
 * @throws (rejects) Error when the folder is somebody else's, who would answer in the programs'
 *   place
 */
export async function listeningSockets(): Promise<string[]> {
  const folder = socketFolder();
  const found = lstatSync(folder, { throwIfNoEntry: false });
  if (found === undefined) return [];
  if (found.uid !== userId()) {
    throw new Error(`Cannot look into "${folder}": it belongs to user ${found.uid}`);
  }
  await removeLeftSockets(folder);
  const paths = socketsIn(folder);
  const areListening = await Promise.all(paths.map(isListening));
  return paths.filter((_path, index) => areListening[index]).toSorted();
}

function socketsIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".sock"))
    .map((name) => join(folder, name));
}

/** A program that a signal ends takes nothing away itself. */
async function removeLeftSockets(folder: string): Promise<void> {
  for (const path of socketsIn(folder).filter(isOfGoneProcess)) {
    // Its process may live where it has another number: in a container.
    if (!(await isListening(path))) rmSync(path, { force: true });
  }
}

/** Whether it is a socket that a process of this user called after itself, and that is no more. */
function isOfGoneProcess(path: string): boolean {
  const processId = OWN_NAME.exec(basename(path))?.[1];
  if (processId === undefined || existsSync(`/proc/${processId}`)) return false;
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found !== undefined && found.isSocket() && found.uid === userId();
}

/** Whether somebody listens at the path, or has so much to do that nobody gets through. */
async function isListening(path: string): Promise<boolean> {
  return (await canConnect(path)) || isBound(path);
}

function canConnect(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("error", () => resolve(false));
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
  });
}

/**
 * Whether a socket is bound to the path, by the kernel's own list: proc_net(5). It leaves out those
 * of other network namespaces, and names them as they were bound.
 */
function isBound(path: string): boolean {
  return readFileSync("/proc/net/unix", "utf8")
    .split("\n")
    .some((line) => line.endsWith(` ${path}`));
}

/** The user that the process acts for. */
export function userId(): number {
  return process.geteuid?.() ?? -1;
}
