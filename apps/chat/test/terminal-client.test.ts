import { expect, test } from "bun:test";
import { TextLog } from "@bascule/support";
import { inColourOf } from "../src/client/colours.ts";
import { Chat, CLIENT } from "./chat.ts";

const LEAVE_SCREEN = "\u001b[?1049l";
const KEYS = { pageUp: "\u001b[5~", left: "\u001b[D", backspace: "\u007f", controlC: "\u0003" };

/** The client on a terminal of its own. */
class TerminalClient implements AsyncDisposable {
  readonly screen: TextLog = new TextLog();
  readonly #process: Bun.Subprocess;
  readonly #terminal: Bun.Terminal;

  /** @param before what the client is an argument of */
  constructor(chat: Chat, args: readonly string[] = [], before: readonly string[] = []) {
    this.#terminal = new Bun.Terminal({
      cols: 40,
      rows: 10,
      data: (_terminal, chunk) => this.screen.append(chunk),
    });
    const command = [...before, process.execPath, CLIENT, "--port", `${chat.port}`, ...args];
    this.#process = Bun.spawn(command, { terminal: this.#terminal });
  }

  type(text: string): void {
    this.#terminal.write(text);
  }

  resize(columns: number, rows: number): void {
    this.#terminal.resize(columns, rows);
    // The kernel tells the terminal's foreground group, which Bun does not make the program.
    this.#process.kill("SIGWINCH");
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** Closes the terminal's window. */
  hangUp(): void {
    this.#terminal.close();
  }

  async ended(): Promise<number> {
    return await this.#process.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.ended();
    this.#terminal.close();
  }
}

test("a terminal that does not say how large it is has 80 columns and 24 rows", async () => {
  await using chat = await Chat.start();
  // As of `docker exec -t` at first.
  const before = ["sh", "-c", 'stty cols 0 rows 0 && exec "$@"', "sh"];
  await using bob = new TerminalClient(chat, [], before);
  await bob.screen.waitFor("\u001b[24;1H> ");
  await bob.screen.waitFor("Page Up and Down scroll, Ctrl-C leaves   ");
  bob.type(KEYS.controlC);
  expect(await bob.ended()).toBe(0);
});

test("a terminal that cannot be drawn on has the lines as they come", async () => {
  await using chat = await Chat.start();
  const ann = await chat.join("ann");
  await using bob = new TerminalClient(chat, [], ["env", "TERM=dumb"]);
  await bob.screen.waitFor("Please enter your username:\r\n");
  bob.type("bob\rhello\r");
  await ann.received.waitFor("bob has joined the chat\nbob: hello\n");
  ann.send("hi bob\n");
  await bob.screen.waitFor("ann: hi bob\r\n");
  expect(bob.screen.text).not.toContain("\u001b");
  bob.type("/quit\r");
  expect(await bob.ended()).toBe(0);
});

test("what is typed is shown and sent, names are in colour, and Ctrl-C leaves", async () => {
  await using chat = await Chat.start();
  const ann = await chat.join("ann");
  await using bob = new TerminalClient(chat);
  await bob.screen.waitFor("Please enter your username:");
  bob.type("bob\r");
  await ann.received.waitFor("bob has joined the chat\n");
  await bob.screen.waitFor("as bob");
  bob.type(`hellooo${KEYS.backspace}${KEYS.backspace} 日本${KEYS.left}${KEYS.left}x\r`);
  await ann.received.waitFor("bob: hello x日本\n");
  ann.send("hi bob \u001b[31m\n");
  await bob.screen.waitFor(`${inColourOf("ann", "ann")}: hi bob \\x1b[31m`);
  bob.type(KEYS.controlC);
  expect(await bob.ended()).toBe(0);
  await ann.received.waitFor("bob has left the chat\n");
  await bob.screen.waitFor(LEAVE_SCREEN);
});

test("a paste is drawn a few times, whatever its length", async () => {
  await using chat = await Chat.start();
  const ann = await chat.join("ann");
  await using bob = new TerminalClient(chat, ["--name", "bob"]);
  await ann.received.waitFor("bob has joined");
  await bob.screen.waitFor("as bob");
  const before = bob.screen.text.length;
  bob.type(`${"z".repeat(3000)}\r`);
  await ann.received.waitFor(`bob: ${"z".repeat(3000)}\n`);
  bob.type("that is all\r");
  await bob.screen.waitFor(/that is all/);
  // Once for each character these were some 1.5 MB.
  expect(bob.screen.text.length - before).toBeLessThan(100_000);
});

test("a key redraws no row that stays as it is", async () => {
  await using chat = await Chat.start();
  const ann = await chat.join("ann");
  await using bob = new TerminalClient(chat, ["--name", "bob"]);
  await ann.received.waitFor("bob has joined");
  ann.send("good evening\n");
  await bob.screen.waitFor("good evening");
  const before = bob.screen.text.length;
  bob.type("hello");
  await bob.screen.waitFor("> hello\u001b[K");
  expect(bob.screen.text.slice(before)).not.toContain("good evening");
});

test("what the server takes for a line is shown as one", async () => {
  await using chat = await Chat.start();
  const ann = await chat.join("ann");
  await using bob = new TerminalClient(chat, ["--name", "bob"]);
  await bob.screen.waitFor("as bob");
  bob.type(" /who\r");
  await ann.received.waitFor("bob:  /who\n");
  await bob.screen.waitFor(`${inColourOf("bob", "bob")}:  /who`);
  bob.type("/who \r");
  await bob.screen.waitFor("2 in the chat");
});

test("only a /quit that the server obeys makes its end the one that was wanted", async () => {
  for (const [args, before, input] of [
    [[], "Please enter", "/quit\r"],
    [["--name", "bob"], "as bob", " /quit\r"],
  ] as const) {
    await using chat = await Chat.start();
    await using bob = new TerminalClient(chat, args);
    await bob.screen.waitFor(before);
    bob.type(input);
    await bob.screen.waitFor(/\/quit is a command|: {2}\/quit/);
    chat.program.signal("SIGKILL");
    expect(await bob.ended()).toBe(1);
    await bob.screen.waitFor("The server closed the connection");
  }
});

test("tabs of a paste part the words they stand between", async () => {
  await using chat = await Chat.start();
  const ann = await chat.join("ann");
  await using bob = new TerminalClient(chat, ["--name", "bob"]);
  await bob.screen.waitFor("as bob");
  bob.type("one\ttwo\rthree\t\tfour\r");
  await ann.received.waitFor("bob: one two\nbob: three  four\n");
});

test("a name on the command line is offered once", async () => {
  await using chat = await Chat.start();
  await chat.join("bob");
  await using second = new TerminalClient(chat, ["--name", "bob"]);
  await second.screen.waitFor("The name bob is taken");
  second.type("bobby\r/quit\r");
  expect(await second.ended()).toBe(0);
});

test("Page Up scrolls back, and a new size of the window is used at once", async () => {
  await using chat = await Chat.start();
  const ann = await chat.join("ann");
  await using bob = new TerminalClient(chat, ["--name", "bob"]);
  await ann.received.waitFor("bob has joined");
  for (let i = 0; i < 50; i++) ann.send(`this is line ${i}\n`);
  await bob.screen.waitFor("this is line 49");
  bob.type(KEYS.pageUp);
  await bob.screen.waitFor("more below");
  bob.resize(18, 6);
  // Its end is on the next row now.
  const row = `${inColourOf("ann", "ann")}: this is line\u001b[K`;
  const [found] = await bob.screen.waitFor(row);
  expect(found).toBe(row);
});

for (const [signal, exitCode] of [
  ["SIGTERM", 143],
  ["SIGHUP", 129],
  ["SIGINT", 130],
] as const) {
  test(`${signal} gives the terminal back`, async () => {
    await using chat = await Chat.start();
    await using bob = new TerminalClient(chat, ["--name", "bob"]);
    await bob.screen.waitFor("as bob");
    bob.signal(signal);
    expect(await bob.ended()).toBe(exitCode);
    await bob.screen.waitFor(LEAVE_SCREEN);
  });
}

test("a client whose terminal has gone leaves, also when no signal tells it", async () => {
  await using chat = await Chat.start();
  const ann = await chat.join("ann");
  for (const [name, isTold] of [
    ["bob", true],
    ["carl", false],
  ] as const) {
    await using client = new TerminalClient(chat, ["--name", name]);
    await client.screen.waitFor(`as ${name}`);
    client.hangUp();
    if (isTold) client.signal("SIGHUP");
    await ann.received.waitFor(`${name} has left the chat\n`);
    expect(await client.ended()).toBe(129);
  }
});

test("whatever ends the server, the terminal is given back", async () => {
  for (const [signal, exitCode, message] of [
    ["SIGTERM", 0, "The server has left"],
    ["SIGKILL", 1, "The server closed the connection"],
  ] as const) {
    await using chat = await Chat.start();
    await using bob = new TerminalClient(chat, ["--name", "bob"]);
    await bob.screen.waitFor("as bob");
    chat.program.signal(signal);
    expect(await bob.ended()).toBe(exitCode);
    await bob.screen.waitFor(message);
    expect(bob.screen.text.indexOf(LEAVE_SCREEN)).toBeLessThan(bob.screen.text.indexOf(message));
  }
});
