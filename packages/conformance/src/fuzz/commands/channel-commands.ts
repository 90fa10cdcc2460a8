import { SETTLE_TURNS } from "../channel-log.ts";
import { type Command, type Lane, yieldTimes } from "../lane.ts";

/** What settled, once everything that could has. */
async function settled(lane: Lane, begun: string): Promise<string> {
  await yieldTimes(SETTLE_TURNS);
  return `${begun}; ${lane.channel.take()}`;
}

export const replaceChannel: Command = async (lane, capacity = 1) => {
  lane.channel.replace(Math.max(1, capacity));
  return await settled(lane, "new");
};

export const send: Command = async (lane) => {
  const { sender } = lane.channel;
  const message = lane.channel.next();
  lane.channel.begin("send", (signal) => sender.send(message, { signal }));
  return await settled(lane, "begun");
};

export const receive: Command = async (lane, form = 0) => {
  const { receiver } = lane.channel;
  lane.channel.begin("receive", (signal) =>
    form % 3 === 0 ? receiver.recvMany(2, { signal }) : receiver.recv({ signal }),
  );
  return await settled(lane, "begun");
};

export const abortPending: Command = async (lane, index = 0) => {
  lane.channel.abort(index);
  return await settled(lane, "aborted");
};

export const trySend: Command = async (lane) => {
  const result = lane.channel.sender.trySend(lane.channel.next());
  return await settled(lane, result);
};

export const tryReceive: Command = async (lane) => {
  const result = lane.channel.receiver.tryRecv();
  return await settled(lane, String(result));
};

export const closeSender: Command = async (lane) => {
  lane.channel.sender.close();
  return await settled(lane, "closed");
};

export const closeReceiver: Command = async (lane) => {
  lane.channel.receiver.close();
  return await settled(lane, "closed");
};
