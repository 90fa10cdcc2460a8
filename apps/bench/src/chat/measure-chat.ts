import type { BenchContext, Measured } from "../context.ts";
import { onOurDrivers, peer, programPath } from "../contender.ts";
import type { ChatLoadResult } from "../load/chat-settings.ts";
import { measureServers } from "../measure-servers.ts";
import type { Series } from "../rounds.ts";
import { type ChatSample, chatSample } from "./chat-sample.ts";
import { chatTable, deliveryRatio } from "./chat-table.ts";

interface ChatCell {
  readonly clients: number;
  readonly senders: number;
  /** Lines that each sender has under way. */
  readonly window: number;
}

const CELLS: readonly ChatCell[] = [
  { clients: 100, senders: 10, window: 1 },
  { clients: 1000, senders: 5, window: 1 },
  { clients: 100, senders: 10, window: 8 },
];
const QUICK_CELLS: readonly ChatCell[] = [{ clients: 10, senders: 3, window: 2 }];
const LOAD = programPath("./load/chat-main.ts");

/**
 * Chat rooms side by side: our own app on each driver, and two on `Bun.listen`: one that writes
 * once per tick, one that writes every message by itself.
 */
export async function measureChat(context: BenchContext): Promise<Measured> {
  const contenders = [
    ...onOurDrivers(programPath("../../chat/src/main.ts")),
    peer("bun-batched", "Bun.listen, per tick", programPath("./servers/chat-bun-batched.ts")),
    peer("bun-each", "Bun.listen, each", programPath("./servers/chat-bun-each.ts")),
  ];
  return await measureServers<ChatCell, ChatLoadResult, ChatSample>(context, {
    name: "chat",
    contenders,
    cells: context.options.quick ? QUICK_CELLS : CELLS,
    load: LOAD,
    title,
    sample: chatSample,
    table: chatTable,
    ratios,
  });
}

function ratios(series: Series<ChatSample>, all: readonly Series<ChatSample>[]): object {
  return {
    deliveryRatios: {
      toBatched: deliveryRatio(all, "bun-batched", series),
      toEach: deliveryRatio(all, "bun-each", series),
    },
  };
}

function title({ clients, senders, window }: ChatCell): string {
  const lines = window === 1 ? "one line" : `${window} lines`;
  return `${clients} clients, ${senders} of them send with ${lines} under way`;
}
