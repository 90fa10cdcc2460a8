import { describe, expect, test } from "bun:test";
import { FakeDriver, fakeMapping } from "../../test/fake-driver.ts";
import { BlockPool } from "./block-pool.ts";
import { fakeKind } from "../../test/fake-kind.ts";
import { Canaries, LateWriteError } from "./canaries.ts";
import { type CompletionListener, NO_BUFFER, type Operation } from "./operation.ts";

const IGNORING: CompletionListener = { onCompletion: () => undefined };

function lateWriteOf(call: () => unknown): LateWriteError {
  try {
    call();
  } catch (error) {
    if (error instanceof LateWriteError) return error;
    throw error;
  }
  throw new Error("No late write was found");
}

describe("a block pool with canaries", () => {
  test("gives the same blocks as one without, and finds nothing where nothing is", () => {
    const pool = new BlockPool(fakeMapping, new Canaries());
    for (const byteLength of [1, 4096, 5000, 65_536]) {
      const block = pool.take(byteLength);
      block.bytes.fill(byteLength & 255);
      pool.give(block);
      expect(pool.take(byteLength)).toBe(block);
      pool.give(block);
    }
    const canaries = new Canaries();
    new BlockPool(fakeMapping, canaries).destroy();
    expect(canaries.found).toBeNull();
  });

  test.each([0, 1, 4095, 4096, 65_535])("finds a byte written late at %p", (at) => {
    const pool = new BlockPool(fakeMapping, new Canaries());
    const block = pool.take(65_536);
    pool.give(block);
    block.bytes[at] = 7;
    const error = lateWriteOf(() => pool.take(65_536));
    expect(error.message).toContain(`byte ${at} of the send block at ${block.address} is 7`);
    expect(error.message).toEndWith("which no operation had before");
    expect(error).toMatchObject({ code: "ERR_BASCULE_LATE_WRITE", operation: null });
  });

  test("keeps what it finds in blocks that nobody takes again, for the teardown to throw", () => {
    const canaries = new Canaries();
    const pool = new BlockPool(fakeMapping, canaries);
    const block = pool.take(1);
    pool.give(block);
    block.bytes[100] = 0;
    pool.destroy();
    expect(lateWriteOf(() => canaries.throwFound()).message).toContain("byte 100");
  });

  test("names the operation that had the memory last, and whether it is over", () => {
    const driver = new FakeDriver();
    const canaries = new Canaries();
    driver.ledger.canaries = canaries;
    const pool = new BlockPool(fakeMapping, canaries);
    const submit = (address: number): Operation => {
      const operation = driver.ledger.prepare(fakeKind("recv"), null, IGNORING);
      operation.address = address;
      driver.ledger.submit(operation);
      return operation;
    };
    const block = pool.take(65_536);
    submit(block.address + 5000);
    pool.give(block);
    block.bytes[9000] = 1;
    expect(lateWriteOf(() => pool.take(65_536)).operation).toBe(
      "recv (operation 0, generation 0, descriptor -1), which is still in flight",
    );
    const other = pool.take(65_536);
    driver.ledger.deliver(submit(other.address), 5, false, NO_BUFFER);
    pool.give(other);
    other.bytes[1] = 1;
    expect(lateWriteOf(() => pool.take(65_536)).operation).toBe(
      "recv (operation 1, generation 0, descriptor -1), whose final completion has come",
    );
  });
});

describe("canaries are asked for", () => {
  test("by an option, or else by BASCULE_CANARIES", () => {
    const { env } = process;
    const before = env["BASCULE_CANARIES"];
    const found: boolean[] = [];
    for (const value of ["", "0", "off", "1", "on"]) {
      env["BASCULE_CANARIES"] = value;
      found.push(Canaries.from({}) !== null);
    }
    expect(found).toEqual([false, false, false, true, true]);
    expect(Canaries.from({ canaries: false })).toBeNull();
    delete env["BASCULE_CANARIES"];
    expect([Canaries.from({}), Canaries.from({ canaries: true }) === null]).toEqual([null, false]);
    if (before !== undefined) env["BASCULE_CANARIES"] = before;
  });
});
