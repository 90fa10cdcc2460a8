import { SETTLE_TURNS } from "../channel-log.ts";
import { type Lane, yieldTimes } from "../lane.ts";

/** What settled, once everything that could has. */
async function settled(lane: Lane, begun: string): Promise<string> {
  await yieldTimes(SETTLE_TURNS);
  return `${begun}; ${lane.channel.take()}`;
}

export async function replaceChannel(lane: Lane, capacity: number = 1): Promise<string> {
  lane.channel.replace(Math.max(1, capacity));
  return await settled(lane, "new");
}

export async function send(lane: Lane): Promise<string> {
  const { sender } = lane.channel;
  const message = lane.channel.next();
  lane.channel.begin("send", (signal) => sender.send(message, { signal }));
  return await settled(lane, "begun");
}

export async function receive(lane: Lane, form: number = 0): Promise<string> {
  const { receiver } = lane.channel;
  lane.channel.begin("receive", (signal) =>
    form % 3 === 0 ? receiver.recvMany(2, { signal }) : receiver.recv({ signal }),
  );
  return await settled(lane, "begun");
}

export async function abortPending(lane: Lane, index: number = 0): Promise<string> {
  lane.channel.abort(index);
  return await settled(lane, "aborted");
}

export async function trySend(lane: Lane): Promise<string> {
  const result = lane.channel.sender.trySend(lane.channel.next());
  return await settled(lane, result);
}

export async function tryReceive(lane: Lane): Promise<string> {
  const result = lane.channel.receiver.tryRecv();
  return await settled(lane, String(result));
}

export async function closeSender(lane: Lane): Promise<string> {
  lane.channel.sender.close();
  return await settled(lane, "closed");
}

export async function closeReceiver(lane: Lane): Promise<string> {
  lane.channel.receiver.close();
  return await settled(lane, "closed");
}
