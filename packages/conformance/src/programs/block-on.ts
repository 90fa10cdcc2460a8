// blockOn in every place from which a program may call it. Prints what each gave, as JSON.
import { blockOn, Runtime, sleep, spawn, yieldNow } from "@bascule/core";
import { TcpListener, TcpStream } from "@bascule/net";

/** A whole conversation over sockets, waited for synchronously. */
function exchange(text: string): string {
  return blockOn(async () => {
    await using listener = await TcpListener.bind({});
    const serving = spawn(async () => {
      await using server = await listener.accept();
      for await (const chunk of server) await server.write(chunk);
    });
    await using client = await TcpStream.connect({ port: listener.address.port });
    await client.write(text);
    const echoed = await client.readExactly(text.length);
    await client.closeWrite();
    await serving;
    return Buffer.from(echoed).toString();
  });
}

const gave: Record<string, string> = {};
gave["top level"] = exchange("top");

async function inAsyncFunction(): Promise<string> {
  await null;
  const before = exchange("async");
  await Bun.sleep(1);
  return `${before} ${exchange("again")}`;
}
gave["async function"] = await inAsyncFunction();

gave["task"] = await spawn(async () => {
  await yieldNow();
  const result = exchange("task");
  await sleep(1);
  return result;
});

gave["timer callback"] = await new Promise<string>((resolve) => {
  setTimeout(() => resolve(exchange("timer")), 1);
});

gave["immediate"] = await new Promise<string>((resolve) => {
  setImmediate(() => resolve(exchange("immediate")));
});

using server = Bun.serve({ port: 0, fetch: () => new Response(exchange("handler")) });
gave["Bun.serve handler"] = await (await fetch(server.url)).text();

function nested(levels: number): string {
  if (levels === 0) return exchange("nested");
  return blockOn(async () => {
    await sleep(0.1);
    return nested(levels - 1);
  });
}
gave["nested"] = nested(4);

gave["two at once"] = await Promise.all([
  spawn(() => exchange("first")),
  spawn(() => exchange("second")),
]).then((both) => both.join(" "));

await Runtime.current().shutdown();
process.stdout.write(JSON.stringify(gave));
