import { join } from "node:path";
import { rm } from "@bascule/fs";
import { TcpListener, TcpStream, UnixListener, UnixStream } from "@bascule/net";
import { type AnyStream, type Endpoint, tcp, unix } from "../../support/transports.ts";
import { abortedAfter, outcomeOfAborted, unlessAborted } from "../aborting.ts";
import { type Command, command } from "../command.ts";
import type { Lane } from "../lane.ts";
import { few, listenerKind, yields } from "../numbers.ts";
import { must, outcomeOf } from "../outcome.ts";

/** Listeners, and connections to them, in order and in races. */
export const listenerCommands: readonly Command[] = [
  command("acceptInOrder", 1, [listenerKind, few], withEndpoint(acceptInOrder)),
  command("raceAccept", 1, [listenerKind, yields], withEndpoint(raceAccept)),
  command("abortAccept", 1, [listenerKind, yields], withEndpoint(abortAccept)),
  command("closeListener", 1, [listenerKind, few], closeListener),
  command("raceConnect", 1, [listenerKind, yields], withEndpoint(raceConnect)),
  command("refused", 1, [listenerKind], refused),
  command("inUse", 1, [listenerKind], inUse),
];

function isTcp(kind: number): boolean {
  return kind % 2 === 0;
}

/** A step about a listener of its own. */
function withEndpoint(
  run: (endpoint: Endpoint, value: number) => Promise<string>,
): (lane: Lane, kind: number, value: number) => Promise<string> {
  return async (_lane, kind, value) => {
    await using endpoint = await (isTcp(kind) ? tcp : unix).listen();
    return await run(endpoint, value);
  };
}

/** Sends a byte through, to see which two ends belong together. */
async function greet(client: AnyStream, server: AnyStream, byte: number): Promise<void> {
  await client.write(Uint8Array.of(byte));
  const [got] = await server.readExactly(1);
  must(got === byte, `connection ${byte} was accepted as ${got}`);
  await Promise.all([client.reset(), server.reset()]);
}

/** Who waits first gets the first connection. */
async function acceptInOrder(endpoint: Endpoint, count: number): Promise<string> {
  const accepts = Array.from({ length: count }, () => endpoint.accept());
  for (let index = 0; index < count; index++) {
    const client = await endpoint.connect();
    await greet(client, (await accepts[index]) as AnyStream, index);
  }
  return `${count} in order`;
}

function abortAccept(endpoint: Endpoint, yields: number): Promise<string> {
  return outcomeOfAborted(yields, (signal) => endpoint.accept({ signal }));
}

/** An accept that loses against its abort leaves the connection to the next. */
async function raceAccept(endpoint: Endpoint, yields: number): Promise<string> {
  const { signal, aborted } = abortedAfter(yields);
  const first = unlessAborted(endpoint.accept({ signal }));
  const client = await endpoint.connect();
  await aborted;
  await greet(client, (await first) ?? (await endpoint.accept()), 7);
  return "conserved";
}

/** A connect that loses against its abort leaves nothing behind but an end of file. */
async function raceConnect(endpoint: Endpoint, yields: number): Promise<string> {
  const { signal, aborted } = abortedAfter(yields);
  const client = await unlessAborted(endpoint.connect({ signal }));
  await aborted;
  if (client !== null) await greet(client, await endpoint.accept(), 9);
  return "conserved";
}

async function closeListener(lane: Lane, kind: number, count: number): Promise<string> {
  const path = join(lane.folder, "listener");
  const listener = isTcp(kind) ? await TcpListener.bind() : await UnixListener.bind({ path });
  const accepts = Array.from({ length: count }, () => outcomeOf(() => listener.accept()));
  await listener.close();
  const outcomes = await Promise.all(accepts);
  const late = await outcomeOf(() => listener.accept());
  if (isTcp(kind)) return [...outcomes, late].join(", ");
  const refusal = await outcomeOf(() => UnixStream.connect({ path }));
  await rm(path, { force: true });
  return [...outcomes, late, refusal].join(", ");
}

/** Nobody listens on port 1. */
async function refused(lane: Lane, kind: number): Promise<string> {
  if (isTcp(kind)) return await outcomeOf(() => TcpStream.connect({ port: 1 }));
  return await outcomeOf(() => UnixStream.connect({ path: join(lane.folder, "nobody") }));
}

async function inUse(lane: Lane, kind: number): Promise<string> {
  if (isTcp(kind)) {
    await using listener = await TcpListener.bind();
    return await outcomeOf(() => TcpListener.bind({ port: listener.address.port }));
  }
  const path = join(lane.folder, "taken");
  await using _first = await UnixListener.bind({ path });
  return await outcomeOf(() => UnixListener.bind({ path }));
}
