import { Chan, recv, Select } from "ts-chan";
import type { SyncRuns } from "./sync-operation.ts";

/** The channels of `ts-chan`, which gives way to a macrotask when it has not for a while. */
export const TS_CHAN_RUNS: SyncRuns = {
  hop: (count) => hop(16, count),
  narrowHop: (count) => hop(1, count),
  pingPong,
  selectBare: selectReady,
};

async function hop(capacity: number, count: number): Promise<number> {
  const channel = new Chan<number>(capacity);
  const send = async (): Promise<void> => {
    for (let i = 0; i < count; i++) await channel.send(i);
  };
  const receive = async (): Promise<void> => {
    for (let i = 0; i < count; i++) await channel.recv();
  };
  const start = Bun.nanoseconds();
  await Promise.all([send(), receive()]);
  return Bun.nanoseconds() - start;
}

async function pingPong(count: number): Promise<number> {
  const there = new Chan<number>(1);
  const back = new Chan<number>(1);
  const ping = async (): Promise<void> => {
    for (let i = 0; i < count; i++) {
      await there.send(i);
      await back.recv();
    }
  };
  const pong = async (): Promise<void> => {
    for (let i = 0; i < count; i++) {
      await there.recv();
      await back.send(i);
    }
  };
  const start = Bun.nanoseconds();
  await Promise.all([ping(), pong()]);
  return Bun.nanoseconds() - start;
}

async function selectReady(count: number): Promise<number> {
  const left = new Chan<number>(1);
  const right = new Chan<number>(1);
  left.trySend(0);
  right.trySend(0);
  const select = new Select([recv(left), recv(right)]);
  const [leftCase, rightCase] = select.cases;
  const start = Bun.nanoseconds();
  for (let i = 0; i < count; i++) {
    const isLeft = (await select.wait()) === 0;
    select.recv(isLeft ? leftCase : rightCase);
    (isLeft ? left : right).trySend(i);
  }
  return Bun.nanoseconds() - start;
}
