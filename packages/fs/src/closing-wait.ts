import { Wait } from "@bascule/core";

/** A wait of the package's own clean-up, which an abort of the task does not cut short. */
export class ClosingWait extends Wait<void> {
  constructor() {
    super(undefined);
  }

  override abort(): void {
    // Clean-up goes on: what it waits for is bounded.
  }

  protected override get isAbortable(): boolean {
    return false;
  }

  protected override poll(): void {}

  protected override cancelled(): void {}
}
