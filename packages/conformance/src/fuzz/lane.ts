import { tmpdir } from "node:os";
import { join } from "node:path";
import { Runtime } from "@bascule/core";
import { type File, mkdtemp, open, rm } from "@bascule/fs";
import { ChannelLog } from "./channel-log.ts";
import { Connection } from "./connection.ts";

export const SLOTS = 2;

/** What the steps of one lane work on. Nobody else touches it. */
export class Lane {
  readonly files: (File | null)[] = Array.from({ length: SLOTS }, () => null);
  readonly #connections: (Connection | null)[] = Array.from({ length: SLOTS }, () => null);
  readonly channel: ChannelLog = new ChannelLog();
  /** A folder of the lane's own. */
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async open(): Promise<Lane> {
    // A simulated machine has folders of its own.
    const isReal = Runtime.current().driver.system === undefined;
    return new Lane(await mkdtemp(join(isReal ? tmpdir() : "/tmp", "bascule-fuzz-")));
  }

  /** A connection; another one some steps after an end of it was closed. */
  async connectionAt(slot: number): Promise<Connection> {
    const connection = this.#connections[slot % SLOTS] ?? null;
    if (connection !== null && !connection.isSpent()) return connection;
    return await this.connect(slot, slot + (connection?.choice ?? 0) + 1);
  }

  /** Another connection in the place of the one that is there. */
  async connect(slot: number, choice: number): Promise<Connection> {
    await this.#connections[slot % SLOTS]?.dispose();
    const connection = await Connection.open(choice);
    this.#connections[slot % SLOTS] = connection;
    return connection;
  }

  /** An open file; a new one when none is there. */
  async fileAt(slot: number): Promise<File> {
    const file = this.files[slot % SLOTS] ?? (await open(join(this.folder, `file ${slot}`), "w+"));
    this.files[slot % SLOTS] = file;
    return file;
  }

  /** Closes everything. @returns what came of what was pending in the channel */
  async close(): Promise<string> {
    for (const connection of this.#connections) await connection?.dispose();
    for (const file of this.files) await file?.close();
    await rm(this.folder, { recursive: true });
    return await this.channel.end();
  }
}
