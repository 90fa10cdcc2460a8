// Makes a runtime on a machine that lacks something, and prints which driver it took and why, or
// how it failed, as JSON.
import { type DriverUnavailableError, Runtime } from "@bascule/core";
import { constrainThisProcess } from "../support/constraints.ts";
import { connectPair } from "../support/transports.ts";

constrainThisProcess();

async function report(): Promise<Record<string, string>> {
  let runtime: Runtime;
  try {
    runtime = Runtime.create();
  } catch (error) {
    const { name, code, message, remedy } = error as DriverUnavailableError;
    return { name, code, message, remedy };
  }
  const echoed = await runtime.spawn(async () => {
    await using pair = await connectPair();
    await pair.client.write("works");
    return Buffer.from(await pair.server.readExactly(5)).toString();
  });
  await runtime.shutdown();
  return { ...runtime.choice, echoed };
}

process.stdout.write(JSON.stringify(await report()));
