import { fileTooLargeError } from "./errors.ts";

/**
 * Reads until nothing comes any more.
 * @throws (rejects) RangeError `ERR_FS_FILE_TOO_LARGE` for more than `bytesMax`
 */
export async function gather(next: () => Promise<Uint8Array>, bytesMax: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let byteLength = 0;
  for (;;) {
    const chunk = await next();
    if (chunk.byteLength === 0) return Buffer.concat(chunks);
    byteLength += chunk.byteLength;
    if (byteLength > bytesMax) throw fileTooLargeError(byteLength);
    chunks.push(chunk);
  }
}
