import fc from "fast-check";
import { yieldTimes } from "../aborting.ts";
import { type ChannelLog, SETTLE_TURNS } from "../channel-log.ts";
import { type Command, command } from "../command.ts";
import type { Lane } from "../lane.ts";
import { few } from "../numbers.ts";

/** A channel: who waits there, in which order, and how it ends. */
export const channelCommands: readonly Command[] = [
  command("channel", 2, [few], onChannel(replace)),
  command("send", 5, [], onChannel(send)),
  command("receive", 5, [fc.nat(2)], onChannel(receive)),
  command("abortPending", 3, [fc.nat(5)], onChannel(abortPending)),
  command(
    "trySend",
    1,
    [],
    onChannel((log) => log.sender.trySend(log.next())),
  ),
  command(
    "tryReceive",
    1,
    [],
    onChannel((log) => String(log.receiver.tryRecv())),
  ),
  command(
    "closeSender",
    1,
    [],
    onChannel((log) => closed(log.sender)),
  ),
  command(
    "closeReceiver",
    1,
    [],
    onChannel((log) => closed(log.receiver)),
  ),
];

/** A step about the channel: what it says, then what has settled once everything that can has. */
function onChannel<V extends number[]>(
  run: (log: ChannelLog, ...values: V) => string,
): (lane: Lane, ...values: V) => Promise<string> {
  return async ({ channel }, ...values) => {
    const said = run(channel, ...values);
    await yieldTimes(SETTLE_TURNS);
    return `${said}; ${channel.take()}`;
  };
}

function replace(log: ChannelLog, capacity: number): string {
  log.replace(capacity);
  return "new";
}

function send(log: ChannelLog): string {
  const { sender } = log;
  const message = log.next();
  log.begin("send", (signal) => sender.send(message, { signal }));
  return "begun";
}

function receive(log: ChannelLog, form: number): string {
  const { receiver } = log;
  log.begin("receive", (signal) =>
    form % 3 === 0 ? receiver.recvMany(2, { signal }) : receiver.recv({ signal }),
  );
  return "begun";
}

function abortPending(log: ChannelLog, index: number): string {
  log.abort(index);
  return "aborted";
}

function closed(end: { close(): void }): string {
  end.close();
  return "closed";
}
