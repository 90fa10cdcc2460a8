import { expect, test } from "bun:test";
import { BEHIND_BYTES_MAX, Member, TOO_SLOW } from "./member.ts";
import { Transcript } from "./transcript.ts";

const decoder = new TextDecoder();

/** A socket that takes a write when it is told to. */
class Outlet {
  written: string = "";
  failure: unknown = null;
  isFull: boolean = false;
  #waiting: PromiseWithResolvers<void> | null = null;

  async write(parts: Uint8Array[]): Promise<void> {
    if (this.isFull) {
      this.#waiting = Promise.withResolvers<void>();
      await this.#waiting.promise;
    }
    this.written += decoder.decode(Buffer.concat(parts));
  }

  fail(error: unknown): void {
    this.failure = error;
    this.#waiting?.reject(error);
  }

  takeAgain(): void {
    this.isFull = false;
    this.#waiting?.resolve();
  }
}

function setUp(): {
  transcript: Transcript;
  outlet: Outlet;
  member: Member;
  caughtUp: Member[];
} {
  const transcript = new Transcript(2 * BEHIND_BYTES_MAX);
  transcript.append("before it joined\n");
  const outlet = new Outlet();
  const caughtUp: Member[] = [];
  const member = new Member("ann", transcript, outlet, (each) => void caughtUp.push(each));
  return { transcript, outlet, member, caughtUp };
}

function say(transcript: Transcript, line: string, author?: Member): void {
  const from = transcript.end;
  transcript.append(line);
  author?.skip(from, transcript.end);
}

test("a member gets what is said from its joining on, without its own lines", async () => {
  const { transcript, outlet, member } = setUp();
  say(transcript, "bob: 1\n");
  say(transcript, "ann: 2\n", member);
  say(transcript, "ann: 3\n", member);
  say(transcript, "bob: 4\n");
  say(transcript, "ann: 5\n", member);
  member.pass();
  await member.finish();
  expect(outlet.written).toBe("bob: 1\nbob: 4\n");
});

test("what is said while a socket is full leaves when it takes again, in order", async () => {
  const { transcript, outlet, member } = setUp();
  outlet.isFull = true;
  say(transcript, "1\n");
  member.pass();
  say(transcript, "2\n");
  member.pass();
  say(transcript, "3\n");
  expect(outlet.written).toBe("");
  outlet.takeAgain();
  await member.finish();
  expect(outlet.written).toBe("1\n2\n3\n");
});

test("a member that leaves gets what was said until then", async () => {
  const { transcript, outlet, member } = setUp();
  say(transcript, "last\n");
  member.leave();
  say(transcript, "too late\n");
  await member.finish();
  expect(outlet.written).toBe("last\n");
});

test("a member that is too slow is dropped with what it is owed", async () => {
  const { transcript, outlet, member } = setUp();
  outlet.isFull = true;
  say(transcript, "1\n");
  member.pass();
  for (let at = 0; at <= BEHIND_BYTES_MAX; at += 1000) say(transcript, `${"x".repeat(999)}\n`);
  expect(member.isTooSlow).toBe(true);
  member.drop();
  await member.finish();
  expect(outlet).toMatchObject({ failure: TOO_SLOW, written: "" });
});

test("a member is late once, until it has caught up by half", async () => {
  const { transcript, outlet, member, caughtUp } = setUp();
  outlet.isFull = true;
  say(transcript, "bob: 1\n");
  member.pass();
  expect(member.becomesLate()).toBe(false);
  for (let round = 1; round <= 2; round++) {
    outlet.isFull = true;
    for (let i = 0; i < 11; i++) say(transcript, "x".repeat(50_000));
    expect(member.becomesLate()).toBe(true);
    expect(member.becomesLate()).toBe(false);
    member.pass();
    expect(caughtUp).toHaveLength(round - 1);
    outlet.takeAgain();
    await member.finish();
    expect(caughtUp).toHaveLength(round);
  }
});
