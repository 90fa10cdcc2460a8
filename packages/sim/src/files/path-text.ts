/** A path for people: quoted, and its bytes read as UTF-8. */
export function pathText(path: string): string {
  return JSON.stringify(Buffer.from(path, "latin1").toString());
}
