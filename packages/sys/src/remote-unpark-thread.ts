import { beginSignal, endSignal, signalledDescriptor } from "./client-signals.ts";
import { signalEventfd } from "./eventfd.ts";
import { signalsOf } from "./remote-unpark.ts";

/**
 * On another thread than the driver's: a function that unparks it, and does nothing once it has
 * gone.
 * @param data what `openRemoteUnpark` gave
 */
export default function connectUnpark(data: unknown): () => void {
  const signals = signalsOf(data as SharedArrayBuffer);
  return () => {
    beginSignal(signals, 0);
    const wakeFd = signalledDescriptor(signals, 0);
    if (wakeFd >= 0) signalEventfd(wakeFd);
    endSignal(signals, 0);
  };
}
