import type { Driver, DriverFactory, DriverOptions, Unavailability } from "@bascule/core";
import { EpollDriver } from "./epoll-driver.ts";

/** Enough for a probe: the smallest pools that the options allow. */
const SMALLEST: DriverOptions = { queueEntries: 1, receiveBuffers: 16, receiveBufferBytes: 4096 };

/**
 * Makes reactor drivers: epoll(7), on every Linux that Bun runs on.
 *
 * ```ts
 * import epoll from "@bascule/reactor-epoll";
 *
 * const unavailability = epoll.probe();
 * if (unavailability !== null) throw new Error(unavailability.cause);
 * ```
 */
const factory: DriverFactory = { name: "epoll", probe, create };

export default factory;

function create(options: DriverOptions): Driver {
  return new EpollDriver(options);
}

/** Sets a driver up, has it wake itself, and takes it down again. */
function probe(): Unavailability | null {
  try {
    const driver = new EpollDriver(SMALLEST);
    driver.unpark();
    const woken = driver.turn(0);
    driver.destroy({ leak: false });
    if (woken === 1) return null;
    return unavailable("an event that was raised did not come out of epoll_wait");
  } catch (error) {
    return unavailable(error instanceof Error ? error.message : String(error));
  }
}

function unavailable(cause: string): Unavailability {
  return {
    code: "ERR_EPOLL_UNAVAILABLE",
    cause,
    remedy: "run on Linux, with descriptors and memory to spare (ulimit -n)",
  };
}
