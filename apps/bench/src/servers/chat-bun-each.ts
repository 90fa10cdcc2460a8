// A chat on Bun.listen that writes every message by itself, as tokio's example does.
import { serveChat } from "./chat-room.ts";
import { portArgument, printListening } from "./server-support.ts";

interface Unsent {
  readonly messages: Buffer[];
}

const port = serveChat<Unsent>(portArgument(), {
  open: () => ({ messages: [] }),
  send(socket, message) {
    const { messages } = socket.data.outbox;
    if (messages.length > 0) {
      messages.push(message);
      return;
    }
    const written = Math.max(socket.write(message), 0);
    if (written < message.length) messages.push(message.subarray(written));
  },
  drain(socket) {
    const { messages } = socket.data.outbox;
    for (let next = messages[0]; next !== undefined; next = messages[0]) {
      const written = Math.max(socket.write(next), 0);
      if (written < next.length) {
        messages[0] = next.subarray(written);
        return;
      }
      messages.shift();
    }
  },
});
printListening(port);
