/** Whose tools are timed, by their names at the registry. */
export const SYNC_LIBRARIES = [
  "bascule",
  "bascule-owned",
  "async-mutex",
  "p-limit",
  "p-queue",
  "ts-chan",
  "effect",
  "promises",
] as const;

/** Name of one. */
export type SyncLibrary = (typeof SYNC_LIBRARIES)[number];

/** As they stand in the table. */
export const LIBRARY_LABELS: Readonly<Record<SyncLibrary, string>> = {
  bascule: "Bascule",
  "bascule-owned": "Bascule, owned",
  "async-mutex": "async-mutex",
  "p-limit": "p-limit",
  "p-queue": "p-queue",
  "ts-chan": "ts-chan",
  effect: "effect",
  promises: "(promises alone)",
};
