import type { Socket, TCPSocketListener } from "bun";

const NEWLINE = 10;
const PROMPT = Buffer.from("Please enter your username:\n");

/** What the room keeps for each member. */
export interface Member<Outbox> {
  name: string | null;
  /** `NAME: `, as bytes. */
  prefix: Buffer;
  /** The beginning of a line whose end has not come. */
  partial: Buffer | null;
  readonly outbox: Outbox;
}

type MemberSocket<Outbox> = Socket<Member<Outbox>>;

/** How a room's messages get into a socket: what the two peers differ in. */
export interface Delivery<Outbox> {
  open(): Outbox;
  send(socket: MemberSocket<Outbox>, message: Buffer): void;
  drain(socket: MemberSocket<Outbox>): void;
}

/**
 * The line protocol of tokio's chat on `Bun.listen`, as one writes it who cares for speed: lines
 * are found in bytes and forwarded as bytes, encoded once for all.
 */
export function serveChat<Outbox>(port: number, delivery: Delivery<Outbox>): number {
  const members = new Set<MemberSocket<Outbox>>();
  const listener: TCPSocketListener<Member<Outbox>> = Bun.listen<Member<Outbox>>({
    hostname: "127.0.0.1",
    port,
    socket: {
      open(socket) {
        const prefix = Buffer.alloc(0);
        socket.data = { name: null, prefix, partial: null, outbox: delivery.open() };
        delivery.send(socket, PROMPT);
      },
      data(socket, received) {
        eachLine(socket.data, received, (line) => onLine(members, delivery, socket, line));
      },
      drain(socket) {
        delivery.drain(socket);
      },
      close(socket) {
        if (members.delete(socket)) announce(members, delivery, socket, "left");
      },
      error() {
        // The close that follows is what counts.
      },
    },
  });
  return listener.port;
}

function onLine<Outbox>(
  members: Set<MemberSocket<Outbox>>,
  delivery: Delivery<Outbox>,
  socket: MemberSocket<Outbox>,
  line: Buffer,
): void {
  const member = socket.data;
  if (member.name === null) {
    member.name = line.toString();
    member.prefix = Buffer.from(`${member.name}: `);
    announce(members, delivery, socket, "joined");
    members.add(socket);
    return;
  }
  const { prefix } = member;
  const message = Buffer.allocUnsafe(prefix.length + line.length + 1);
  message.set(prefix, 0);
  message.set(line, prefix.length);
  message[message.length - 1] = NEWLINE;
  for (const other of members) if (other !== socket) delivery.send(other, message);
}

function announce<Outbox>(
  members: Set<MemberSocket<Outbox>>,
  delivery: Delivery<Outbox>,
  socket: MemberSocket<Outbox>,
  what: string,
): void {
  const message = Buffer.from(`${socket.data.name} has ${what} the chat\n`);
  for (const other of members) if (other !== socket) delivery.send(other, message);
}

function eachLine<Outbox>(
  member: Member<Outbox>,
  received: Buffer,
  onLineFound: (line: Buffer) => void,
): void {
  const bytes = member.partial === null ? received : Buffer.concat([member.partial, received]);
  let start = 0;
  for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
    onLineFound(bytes.subarray(start, bytes[end - 1] === 13 && end > start ? end - 1 : end));
    start = end + 1;
  }
  member.partial = start === bytes.length ? null : Buffer.from(bytes.subarray(start));
}
