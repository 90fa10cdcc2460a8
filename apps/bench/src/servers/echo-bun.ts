// The echo server as one writes it with Bun.listen: bytes that the kernel does not take at once are
// kept and sent when the socket drains, and reading pauses meanwhile.
import { portArgument, printListening } from "./server-support.ts";

interface Unsent {
  bytes: Uint8Array | null;
}

const listener = Bun.listen<Unsent>({
  hostname: "127.0.0.1",
  port: portArgument(),
  socket: {
    open(socket) {
      socket.data = { bytes: null };
    },
    data(socket, received) {
      const written = socket.write(received);
      if (written === received.byteLength) return;
      socket.data.bytes = received.slice(Math.max(written, 0));
      socket.pause();
    },
    drain(socket) {
      const { bytes } = socket.data;
      if (bytes === null) return;
      const written = socket.write(bytes);
      socket.data.bytes = written === bytes.byteLength ? null : bytes.slice(Math.max(written, 0));
      if (socket.data.bytes === null) socket.resume();
    },
  },
});
printListening(listener.port);
