/** On another thread: what ends a fake driver's turn. */
export default function connectUnpark(word: Int32Array): () => void {
  return () => {
    Atomics.add(word, 0, 1);
    Atomics.notify(word, 0);
  };
}
