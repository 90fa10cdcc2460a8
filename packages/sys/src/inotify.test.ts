import { expect, test } from "bun:test";
import * as nodeFs from "node:fs";
import { Workplace } from "../test/files.ts";
import { expectSuccess, frameOf, nameOf, Resources } from "../test/sockets.ts";
import {
  addInotifyWatch,
  createInotify,
  decodeInotifyEvents,
  IN_CREATE,
  IN_DELETE,
  IN_IGNORED,
  IN_ISDIR,
  IN_MOVED_FROM,
  IN_MOVED_TO,
  removeInotifyWatch,
} from "./inotify.ts";
import { WOULD_BLOCK } from "./operations/operation-kind.ts";
import { read } from "./operations/read.ts";

const MASK = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO;

test("what happens in a folder is told in order, with names and halves of renames", () => {
  using resources = new Resources();
  using place = new Workplace(resources);
  const fd = resources.descriptor(createInotify());
  const watch = expectSuccess(addInotifyWatch(fd, place.path(""), MASK));
  const address = place.take(4096);
  const reading = frameOf({ fd, address, length: 4096 });
  expect(read.attempt(reading)).toBe(WOULD_BLOCK);
  nodeFs.mkdirSync(`${place.folder}/folder`);
  nodeFs.writeFileSync(`${place.folder}/ä file`, "");
  nodeFs.renameSync(`${place.folder}/ä file`, `${place.folder}/b`);
  nodeFs.rmSync(`${place.folder}/b`);
  expect(removeInotifyWatch(fd, watch)).toBe(0);
  const count = expectSuccess(read.attempt(reading));
  const events = decodeInotifyEvents(place.bytes(address, 4096), count);
  expect(events.every((event) => event.watch === watch)).toBe(true);
  expect(events.map((event) => [event.mask, Buffer.from(event.name).toString()])).toEqual([
    [IN_CREATE | IN_ISDIR, "folder"],
    [IN_CREATE, "ä file"],
    [IN_MOVED_FROM, "ä file"],
    [IN_MOVED_TO, "b"],
    [IN_DELETE, "b"],
    [IN_IGNORED, ""],
  ]);
  expect(events[2]?.cookie).toBe(events[3]?.cookie ?? -1);
});

test("a path that is not there cannot be watched", () => {
  using resources = new Resources();
  using place = new Workplace(resources);
  const fd = resources.descriptor(createInotify());
  expect(nameOf(addInotifyWatch(fd, place.path("missing"), MASK))).toBe("ENOENT");
  expect(nameOf(removeInotifyWatch(fd, 77))).toBe("EINVAL");
});
