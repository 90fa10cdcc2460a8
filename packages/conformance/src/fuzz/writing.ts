import type { End } from "./connection.ts";
import { must } from "./outcome.ts";

/** One write, in one of the ways there are. */
export async function writeBy(
  { stream }: End,
  bytes: Uint8Array<ArrayBuffer>,
  form: number,
  signal?: AbortSignal,
): Promise<void> {
  const cut = bytes.byteLength >> 1;
  const options = signal === undefined ? {} : { signal };
  switch (form % 4) {
    case 0:
      return await stream.write(bytes, options);
    case 1:
      return await stream.write([bytes.subarray(0, cut), bytes.subarray(cut)], options);
    case 2: {
      const { buffer } = await stream.writeFrom(bytes.buffer, options);
      must(buffer.byteLength > 0, "a moved buffer came back empty");
      return;
    }
    default:
      await stream.write(bytes, options);
      await stream.flush(options);
  }
}
