import { type DriverFactory, DriverUnavailableError } from "@bascule/core";
import { UringDriver } from "./uring-driver.ts";

export { FEATURES, type Feature } from "./features.ts";
export { UringDriver } from "./uring-driver.ts";

/** Sizes of the ring that a probe sets up: it shows the same things as a large one. */
const PROBE_OPTIONS = { queueEntries: 8, receiveBuffers: 16 };

/**
 * Makes io_uring drivers. `BASCULE_DRIVER=uring` takes it by its name.
 */
const factory: DriverFactory = {
  name: "uring",

  probe() {
    const opened = UringDriver.open(PROBE_OPTIONS);
    if (!(opened instanceof UringDriver)) return opened;
    opened.destroy({ leak: false });
    return null;
  },

  create(options) {
    const opened = UringDriver.open(options);
    if (opened instanceof UringDriver) return opened;
    throw new DriverUnavailableError("uring", opened);
  },
};

export default factory;
