import { join } from "node:path";
import { rm } from "@bascule/fs";
import { TcpListener, TcpStream, UnixListener, UnixStream } from "@bascule/net";
import { type AnyStream, type Endpoint, tcp, unix } from "../../support/transports.ts";
import { abortedAfter, type Lane } from "../lane.ts";
import { must, outcomeOf } from "../outcome.ts";

function listen(choice: number): Promise<Endpoint> {
  return (choice % 2 === 0 ? tcp : unix).listen();
}

/** Sends a byte through, to see which two ends belong together. */
async function greet(client: AnyStream, server: AnyStream, byte: number): Promise<void> {
  await client.write(Uint8Array.of(byte));
  const [got] = await server.readExactly(1);
  must(got === byte, `connection ${byte} was accepted as ${got}`);
  await Promise.all([client.reset(), server.reset()]);
}

/** Who waits first gets the first connection. */
export async function acceptInOrder(
  _lane: Lane,
  transport: number = 0,
  count: number = 1,
): Promise<string> {
  await using endpoint = await listen(transport);
  const accepts = Array.from({ length: count }, () => endpoint.accept());
  for (let index = 0; index < count; index++) {
    const client = await endpoint.connect();
    await greet(client, (await accepts[index]) as AnyStream, index);
  }
  return `${count} in order`;
}

export async function abortAccept(
  _lane: Lane,
  transport: number = 0,
  yields: number = 0,
): Promise<string> {
  await using endpoint = await listen(transport);
  const { signal, aborted } = abortedAfter(yields);
  const outcome = await outcomeOf(() => endpoint.accept({ signal }));
  await aborted;
  return outcome;
}

/** An accept that loses against its abort leaves the connection to the next. */
export async function raceAccept(
  _lane: Lane,
  transport: number = 0,
  yields: number = 0,
): Promise<string> {
  await using endpoint = await listen(transport);
  const { signal, aborted } = abortedAfter(yields);
  const first = endpoint.accept({ signal }).catch((error: unknown) => {
    must(error === "fuzz", `an aborted accept rejects with ${String(error)}`);
    return null;
  });
  const client = await endpoint.connect();
  await aborted;
  await greet(client, (await first) ?? (await endpoint.accept()), 7);
  return "conserved";
}

/** A connect that loses against its abort leaves nothing behind but an end of file. */
export async function raceConnect(
  _lane: Lane,
  transport: number = 0,
  yields: number = 0,
): Promise<string> {
  await using endpoint = await listen(transport);
  const { signal, aborted } = abortedAfter(yields);
  const client = await endpoint.connect({ signal }).catch((error: unknown) => {
    must(error === "fuzz", `an aborted connect rejects with ${String(error)}`);
    return null;
  });
  await aborted;
  if (client !== null) await greet(client, await endpoint.accept(), 9);
  return "conserved";
}

export async function closeListener(
  lane: Lane,
  transport: number = 0,
  count: number = 1,
): Promise<string> {
  const isTcp = transport % 2 === 0;
  const path = join(lane.folder, "listener");
  const listener = isTcp ? await TcpListener.bind() : await UnixListener.bind({ path });
  const accepts = Array.from({ length: count }, () => outcomeOf(() => listener.accept()));
  await listener.close();
  const outcomes = await Promise.all(accepts);
  const late = await outcomeOf(() => listener.accept());
  if (isTcp) return [...outcomes, late].join(", ");
  const refused = await outcomeOf(() => UnixStream.connect({ path }));
  await rm(path, { force: true });
  return [...outcomes, late, refused].join(", ");
}

/** Nobody listens on port 1. */
export async function refused(lane: Lane, transport: number = 0): Promise<string> {
  if (transport % 2 === 0) return await outcomeOf(() => TcpStream.connect({ port: 1 }));
  const path = join(lane.folder, "nobody");
  return await outcomeOf(() => UnixStream.connect({ path }));
}

export async function inUse(lane: Lane, transport: number = 0): Promise<string> {
  if (transport % 2 === 0) {
    await using listener = await TcpListener.bind();
    return await outcomeOf(() => TcpListener.bind({ port: listener.address.port }));
  }
  const path = join(lane.folder, "taken");
  await using first = await UnixListener.bind({ path });
  const outcome = await outcomeOf(() => UnixListener.bind({ path: first.address.path }));
  return outcome;
}
