/** The first is undone last: children that write to a folder end before it is removed. */
const undos: (() => void)[] = [];

/** How a shell counts a process that a signal has ended. */
const EXIT_CODE_OF_SIGNAL = 128;
const SIGNALS = { SIGINT: 2, SIGTERM: 15 } as const;

/**
 * Has something undone when this is disposed, or when a signal ends the process before that: no
 * `finally` runs then. It must not wait for anything.
 */
export function undoAtEnd(undo: () => void): Disposable {
  undos.push(undo);
  return {
    [Symbol.dispose]() {
      const index = undos.lastIndexOf(undo);
      if (index < 0) return;
      undos.splice(index, 1);
      undo();
    },
  };
}

/** From now on ctrl-C, and whoever else ends the process, leaves no child and no folder behind. */
export function cleanUpOnSignals(): void {
  for (const [signal, number] of Object.entries(SIGNALS)) {
    process.on(signal, () => {
      for (const undo of undos.toReversed()) undo();
      process.exit(EXIT_CODE_OF_SIGNAL + number);
    });
  }
}
