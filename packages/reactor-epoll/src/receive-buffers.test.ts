import { expect, test } from "bun:test";
import fc from "fast-check";
import { ReceiveBuffers } from "./receive-buffers.ts";

const COUNT = 16;

test("no buffer is out twice, in whatever order they come back", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(2 * COUNT), { maxLength: 100 }), (choices) => {
      let released = 0;
      const buffers = new ReceiveBuffers(COUNT, 64, () => released++);
      const out: number[] = [];
      let given = 0;
      for (const choice of choices) {
        if (choice < COUNT && buffers.free > 0) {
          expect(out).not.toContain(buffers.top);
          out.push(buffers.top);
          buffers.takeTop();
        } else if (out.length > 0) {
          buffers.release(out.splice(choice % out.length, 1)[0] as number);
          given++;
        }
        expect(buffers.free).toBe(COUNT - out.length);
      }
      expect(released).toBe(given);
      buffers.destroy();
    }),
  );
});

test("a buffer that is not out cannot be released", () => {
  const buffers = new ReceiveBuffers(COUNT, 64, () => undefined);
  const bufferId = buffers.top;
  buffers.takeTop();
  buffers.release(bufferId);
  expect(() => buffers.release(bufferId)).toThrow("it is not out");
  buffers.destroy();
});
