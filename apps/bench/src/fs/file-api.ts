/** A value, or the promise of one: blocking interfaces have no promises to wait for. */
export type Perhaps<T> = T | Promise<T>;

/** Reads stretches of one length, one at a time, as often as it is asked to. */
export interface Reader<Result = unknown> {
  /** Starts to read at a position. */
  read(at: number): Perhaps<Result>;
  /** How much a read that has ended has read. */
  countOf(result: Result): number;
  /** What it has read. */
  bytesOf(result: Result): Uint8Array;
}

/** An open file that is read. */
export interface ReadableFile {
  /** Somebody who reads beside others, into memory of its own where the interface allows that. */
  makeReader(length: number): Reader;
  close(): Perhaps<void>;
}

/** An open file that is written from its beginning to its end. */
export interface WritableFile {
  write(bytes: Uint8Array): Perhaps<unknown>;
  /** Has everything on the disk, and closes. */
  finish(): Perhaps<unknown>;
}

/** One way to use files, as its documentation says one should. */
export interface FileApi {
  /** Calls block the thread, so that more than one at a time makes no sense. */
  readonly isBlocking: boolean;
  /** Whether files can be opened with `O_DIRECT`. */
  readonly canBypassCache: boolean;
  /** Clocks beside `setInterval` that are to stay on time. Gives a function that ends it. */
  startClock(onLate: (latenessMs: number) => void): (() => Promise<void>) | null;
  openForReading(path: string, bypassCache: boolean): Perhaps<ReadableFile>;
  openForWriting(path: string): Perhaps<WritableFile>;
  readFile(path: string): Perhaps<Uint8Array>;
  /** Opens, reads up to `length` bytes, closes. Gives how many there were. */
  openReadClose(path: string, length: number): Perhaps<number>;
  /** Creates, writes, closes. */
  createWriteClose(path: string, bytes: Uint8Array): Perhaps<unknown>;
  /** Runs several things side by side, until all have ended. */
  runAll(works: readonly (() => Promise<void>)[]): Promise<unknown>;
}
