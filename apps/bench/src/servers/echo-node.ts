// The echo server as one writes it with node:net, run by Bun.
import { createServer } from "node:net";
import { portArgument, printListening } from "./server-support.ts";

const server = createServer({ noDelay: true }, (socket) => {
  socket.on("error", () => socket.destroy());
  socket.pipe(socket);
});
server.listen({ port: portArgument(), host: "127.0.0.1", backlog: 4096 }, () => {
  const address = server.address();
  if (address !== null && typeof address === "object") printListening(address.port);
});
