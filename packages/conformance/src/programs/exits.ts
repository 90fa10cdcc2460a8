// Programs that must, or must not, exit by themselves. Prints "end of main" and leaves the rest to
// Bun.
import { Runtime, shield, sleep, spawn, suspend, TaskScope, timeout } from "@bascule/core";
import { TcpListener, TcpStream } from "@bascule/net";
import { mkdirAt } from "@bascule/sys";
import { pathMemory, perform } from "../support/file-operation.ts";

const scenarios: Record<string, () => Promise<void>> = {
  async nothing() {
    Runtime.current();
  },
  async signalListener() {
    Runtime.current();
    process.once("SIGUSR2", () => process.stdout.write("a signal came\n"));
  },
  async usedAndClosed() {
    await using listener = await TcpListener.bind({});
    const accepting = listener.accept();
    await using client = await TcpStream.connect({ port: listener.address.port });
    await using server = await accepting;
    await client.write("x");
    await server.readExactly(1);
    await sleep(1);
  },
  async timer() {
    void sleep(300).then(() => process.stdout.write("the timer fired\n"));
  },
  async fileOperation() {
    const memory = pathMemory("/");
    void perform(mkdirAt, { memory, length: 0o755 }).then(() => {
      process.stdout.write("the call ended\n");
    });
  },
  async unreferencedTimer() {
    void sleep(60_000, { ref: false });
  },
  async task() {
    spawn(async () => {
      await sleep(300);
      process.stdout.write("the task ended\n");
    });
  },
  async unreferencedTask() {
    spawn(() => suspend<void>(() => undefined)).unref();
  },
  async timeoutInTime() {
    void timeout(Infinity, () => Bun.sleep(100)).then(() => process.stdout.write("in time\n"));
  },
  async cancelledScope() {
    const scope = new TaskScope({ deadlineMs: 60_000 });
    setTimeout(() => scope.cancel(), 100);
  },
  async taskUnreferencedLater() {
    const task = spawn(() => sleep(60_000, { ref: false }));
    setTimeout(() => void task.unref(), 100);
  },
  async taskReferencedLater() {
    const task = spawn(async () => {
      await sleep(300, { ref: false });
      process.stdout.write("the task ended\n");
    });
    task.unref();
    setTimeout(() => void task.ref(), 100);
  },
  async listenerUnreferencedLater() {
    const listener = await TcpListener.bind({});
    void listener.accept();
    setTimeout(() => listener.unref(), 100);
  },
  async listening() {
    const listener = await TcpListener.bind({});
    const accepting = listener.accept().then((socket) => socket.close());
    // A listener for a signal keeps no process alive.
    process.once("SIGUSR2", () => {
      void (async () => {
        const client = await TcpStream.connect({ port: listener.address.port });
        await accepting;
        await client.close();
        await listener.close();
        process.stdout.write("a connection came\n");
      })();
    });
  },
  async unreferencedListener() {
    const listener = await TcpListener.bind({});
    void listener.unref().accept();
  },
  async openButUnused() {
    const listener = await TcpListener.bind({});
    const accepting = listener.accept();
    const client = await TcpStream.connect({ port: listener.address.port });
    const server = await accepting;
    await listener.close();
    await client.write("x");
    void server;
  },
  async cleanUp() {
    const task = spawn(async () => {
      try {
        await sleep(60_000);
      } finally {
        await shield(() => sleep(200));
        process.stdout.write("cleaned up\n");
      }
    });
    await sleep(1);
    task.abort();
  },
  async shutDownWhileListening() {
    const listener = await TcpListener.bind({});
    listener.accept().catch(() => process.stdout.write("accept ended\n"));
    await sleep(1);
    await Runtime.current().shutdown();
  },
};

await scenarios[process.argv[2] ?? ""]?.();
process.stdout.write("end of main\n");
