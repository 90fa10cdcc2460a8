/** The thread may poll. */
export const WORKER_TURN = 0;
/** The owner has been told and has not finished yet. */
export const OWNER_TURN = 1;
/** The owner wants the thread to end. */
export const STOPPED = 2;

/** What the owner hands to the watching thread. */
export interface WatchSetup {
  readonly watchedFd: number;
  /** An eventfd that ends the thread's poll(2). */
  readonly stopFd: number;
  /** One shared word: whose turn it is. */
  readonly turns: Int32Array;
}
