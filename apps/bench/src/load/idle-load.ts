import { sleep } from "@bascule/core";
import { mapMemory } from "@bascule/sys";
import type { IdleLoadResult, IdleLoadSettings } from "./idle-settings.ts";
import { type ArrivalHandler, LoadLoop } from "./load-loop.ts";
import type { Load } from "./load-program.ts";
import type { LoadSocket } from "./load-socket.ts";

const ANSWER_TIMEOUT_MS = 30_000;
/** Once all is quiet, the server gets this long to tidy up, and is watched for as long again. */
const QUIET_MS = 1000;
const MESSAGE_BYTES = 64;

/**
 * Opens connections that have each sent and got one message and say nothing more, and has the
 * server report before the first, when all are quiet, and a second after that.
 */
export class IdleLoad implements ArrivalHandler, Load<IdleLoadResult> {
  readonly loop: LoadLoop;
  readonly #settings: IdleLoadSettings;
  #missingBytes: number = 0;

  constructor(settings: IdleLoadSettings) {
    this.#settings = settings;
    const { port } = settings;
    this.loop = new LoadLoop({ port, receiveBuffers: 1024, receiveBufferBytes: 256 });
  }

  async run(): Promise<IdleLoadResult> {
    const { connections, serverProcessId } = this.#settings;
    process.kill(serverProcessId, "SIGUSR2");
    const startMs = performance.now();
    const sockets = await this.loop.connect(connections, this);
    const message = mapMemory(MESSAGE_BYTES);
    this.#missingBytes = connections * MESSAGE_BYTES;
    for (const socket of sockets) socket.send(message.address, MESSAGE_BYTES);
    await this.loop.waitForEvent(
      ANSWER_TIMEOUT_MS,
      () => `${this.#missingBytes} bytes are missing`,
    );
    const connectSeconds = (performance.now() - startMs) / 1000;
    for (let report = 0; report < 2; report++) {
      await sleep(QUIET_MS);
      process.kill(serverProcessId, "SIGUSR2");
    }
    await sleep(QUIET_MS / 10);
    return { connections, connectSeconds };
  }

  onArrival(_socket: LoadSocket, _start: number, length: number): void {
    this.#missingBytes -= length;
  }

  onBatchEnd(): void {
    if (this.#missingBytes === 0) this.loop.event();
  }
}
