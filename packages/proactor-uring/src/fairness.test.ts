import { expect } from "bun:test";
import { SO_RCVBUF, setSocketOption, SOL_SOCKET } from "@bascule/sys";
import { Recorder, writeText } from "@bascule/test-support";
import { Bench, CONFIGURATIONS, uringTest } from "../test/harness.ts";

/** Twice what one turn may take from one socket. */
const HOG_BUFFERS = 160;
const BUFFER_BYTES = 512;

for (const { title, without } of CONFIGURATIONS) {
  // Without deferred completions the kernel receives whenever the thread enters it for anything.
  const gathers = !["submit-all", "single-issuer", "defer-taskrun"].some((flag) =>
    without.includes(flag),
  );
  uringTest(`${title}: a socket with much to read does not keep others waiting`, () => {
    using bench = new Bench({ without, receiveBufferBytes: BUFFER_BYTES });
    const hog = bench.tcpPair();
    setSocketOption(hog.ours.fd, SOL_SOCKET, SO_RCVBUF, 1 << 20);
    const quiet = bench.tcpPair();
    const fromHog = new Recorder(bench.driver);
    const fromQuiet = new Recorder(bench.driver);
    bench.receive(hog.ours, fromHog);
    bench.receive(quiet.ours, fromQuiet);
    bench.settle();
    const chunk = "h".repeat(BUFFER_BYTES);
    for (let part = 0; part < HOG_BUFFERS; part++) writeText(hog.theirs, chunk);
    writeText(quiet.theirs, "me too");
    for (let turn = 0; turn < 3 && fromQuiet.text === ""; turn++) bench.driver.turn(100);
    expect(fromQuiet.text).toBe("me too");
    if (gathers) expect(fromHog.byteCount).toBeLessThan(HOG_BUFFERS * BUFFER_BYTES);
    bench.turnUntil(() => fromHog.byteCount === HOG_BUFFERS * BUFFER_BYTES);
  });
}
