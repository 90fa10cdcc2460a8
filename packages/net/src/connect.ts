import {
  Descriptor,
  OperationWait,
  type Runtime,
  type SystemError,
  timeout,
  type WaitOptions,
} from "@bascule/core";
import {
  connect as connectOperation,
  encodeSocketAddress,
  familyNumber,
  SOCK_STREAM,
  SOCKET_ADDRESS_BYTES_MAX,
  type SocketAddress,
} from "@bascule/sys";
import { CloseWait } from "./close-wait.ts";
import { socketError } from "./errors.ts";
import { systemOf } from "./system.ts";

/**
 * Opens a socket, for a stream unless `type` says otherwise, and connects it: socket(2),
 * connect(2). Unless it is connected, the socket is closed before this settles; so it is when the
 * connection succeeds after an abort.
 * @returns the descriptor, connected, or what the system refused it with. That is not thrown: the
 *   reason of an abort, which is, may be an error of the system as well
 */
export async function connectSocket(
  runtime: Runtime,
  address: SocketAddress,
  options: WaitOptions | undefined,
  type: number = SOCK_STREAM,
): Promise<number | SystemError> {
  const fd = systemOf(runtime).createSocket(familyNumber(address), type);
  if (fd < 0) return socketError(runtime, "socket", fd, address);
  const descriptor = new Descriptor(fd);
  let isConnected = false;
  try {
    const result = await connectDescriptor(runtime, descriptor, address, options);
    isConnected = result >= 0;
    return isConnected ? fd : socketError(runtime, "connect", result, address);
  } finally {
    if (!isConnected) {
      runtime.driver.ledger.close(descriptor);
      if (!descriptor.closed) await new CloseWait(descriptor).promise;
    }
  }
}

async function connectDescriptor(
  runtime: Runtime,
  descriptor: Descriptor,
  address: SocketAddress,
  options: WaitOptions | undefined,
): Promise<number> {
  const { sendPool } = runtime.driver;
  const block = sendPool.take(SOCKET_ADDRESS_BYTES_MAX);
  let lent = false;
  try {
    const length = encodeSocketAddress(address, block.bytes);
    // Only now: a wait that is made and not awaited would reject unheard at the shutdown.
    const wait = new OperationWait(runtime, options);
    const operation = wait.prepare(connectOperation, descriptor);
    if (operation !== null) {
      operation.address = block.address;
      operation.length = length;
      wait.release = () => sendPool.give(block);
      lent = true;
      wait.submit(operation);
    }
    return await wait.promise;
  } finally {
    if (!lent) sendPool.give(block);
  }
}

/**
 * Finds the addresses and tries each until one connects; the search for them and all attempts
 * together have `timeoutMs`.
 */
export async function connectAny(
  runtime: Runtime,
  find: (options: WaitOptions) => Promise<readonly SocketAddress[]>,
  options: WaitOptions & { timeoutMs?: number; type?: number },
): Promise<{ fd: number; address: SocketAddress }> {
  const wait: WaitOptions = { signal: options.signal };
  const open = async (): Promise<{ fd: number; address: SocketAddress }> =>
    await tryEach(runtime, await find(wait), wait, options.type);
  return await (options.timeoutMs === undefined ? open() : timeout(options.timeoutMs, open));
}

async function tryEach(
  runtime: Runtime,
  addresses: readonly SocketAddress[],
  options: WaitOptions,
  type: number | undefined,
): Promise<{ fd: number; address: SocketAddress }> {
  const failures: SystemError[] = [];
  for (const address of addresses) {
    const fd = await connectSocket(runtime, address, options, type);
    if (typeof fd === "number") return { fd, address };
    failures.push(fd);
  }
  throw combine(failures);
}

/** One failure is itself; of several the first leads, as in Node. */
function combine(failures: SystemError[]): Error {
  const first = failures[0];
  if (first !== undefined && failures.length === 1) return first;
  const message = failures.map((failure) => failure.message).join("; ");
  const code = first?.code;
  return Object.assign(new AggregateError(failures, message), { code });
}
