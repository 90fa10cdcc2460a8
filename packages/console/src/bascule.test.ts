import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { lstatSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ProgramOnTerminal } from "../test/program-on-terminal.ts";
import { Viewer } from "./viewer.ts";

const PROGRAM = join(import.meta.dir, "../test/server-program.ts");
const COMMAND = join(import.meta.dir, "bascule.ts");
const LIMIT_MS = 30_000;
/** The end of what gives the terminal back. */
const LEAVE_SCREEN = "\u001b[?1049l\u001b[?25h\u001b[0m";

let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "bascule-console-"));
});

afterAll(() => rmSync(folder, { recursive: true }));

/** A program that can be looked into. Disposing it ends it. */
class Watched implements AsyncDisposable {
  readonly #child: Bun.Subprocess<"pipe", "pipe", "pipe">;
  readonly #output: AsyncIterator<Uint8Array>;

  private constructor(top: string) {
    this.#child = Bun.spawn([process.execPath, PROGRAM], {
      env: { ...Bun.env, BASCULE_TOP: top, XDG_RUNTIME_DIR: folder },
      stdin: "pipe",
      stdout: "pipe",
      stderr: "pipe",
      timeout: LIMIT_MS,
    });
    this.#output = this.#child.stdout[Symbol.asyncIterator]();
  }

  static async start(top: string = "1"): Promise<Watched> {
    const watched = new Watched(top);
    await watched.#output.next();
    return watched;
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** What it says at its end. */
  async end(): Promise<{ output: string; errors: string; exitCode: number }> {
    await this.#child.stdin.end();
    const { value } = await this.#output.next();
    const output = new TextDecoder().decode(value);
    return { output, errors: await this.#child.stderr.text(), exitCode: await this.#child.exited };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.exited;
  }
}

async function bascule(
  ...args: string[]
): Promise<{ output: string; errors: string; code: number }> {
  const child = Bun.spawn([process.execPath, COMMAND, ...args], {
    env: { ...Bun.env, XDG_RUNTIME_DIR: folder, BASCULE_TOP: "" },
    stdout: "pipe",
    stderr: "pipe",
    timeout: LIMIT_MS,
  });
  const [output, errors] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  return { output, errors, code: await child.exited };
}

function topOnTerminal(
  everySeconds: string,
  size?: readonly [columns: number, rows: number],
): ProgramOnTerminal {
  const command = [process.execPath, COMMAND, "top", "--every", everySeconds];
  const env = { ...Bun.env, XDG_RUNTIME_DIR: folder, BASCULE_TOP: "" };
  return new ProgramOnTerminal(command, env, size);
}

describe("a program with BASCULE_TOP=1", () => {
  test(
    "is found, drawn, dumped, and measured only while somebody looks",
    async () => {
      await using watched = await Watched.start();
      const socket = join(folder, "bascule", `${watched.pid}.sock`);
      expect((await bascule("list")).output).toBe(`${socket}\n`);
      expect(lstatSync(socket).mode & 0o777).toBe(0o600);
      expect(lstatSync(join(folder, "bascule")).mode & 0o777).toBe(0o700);
      const top = await bascule("top", "--once", "--every", "1");
      expect(top.errors).toBe("");
      expect(top.output).toContain(`process ${watched.pid}`);
      const ticker = top.output.split("\n").find((line) => line.includes(" ticker ")) ?? "";
      expect(Number(ticker.split(/\s+/)[6])).toBeGreaterThan(1);
      const dump = await bascule("dump", String(watched.pid));
      expect(dump.output).toContain('scope "nappers", 2 tasks');
      const data = JSON.parse((await bascule("dump", socket, "--json")).output);
      expect(data.runtimes[0].scopes[0]).toMatchObject({ name: "nappers", size: 2 });
      expect(await watched.end()).toEqual({ output: "measuring false\n", errors: "", exitCode: 0 });
      expect(readdirSync(join(folder, "bascule"))).toEqual([]);
    },
    LIMIT_MS,
  );

  test(
    "is drawn on a terminal, by keys, and the terminal is given back",
    async () => {
      await using _watched = await Watched.start();
      await using top = topOnTerminal("0.1");
      await top.shows(/ticker/);
      top.press("o");
      await top.shows(/GENERATION/);
      top.press("d");
      await top.shows(/scope "nappers", 2 tasks/);
      top.press("tss");
      await top.shows(/tasks by longest poll/);
      top.press("q");
      expect(await top.ended()).toBe(0);
      await top.shows(LEAVE_SCREEN);
    },
    LIMIT_MS,
  );

  test(
    "is drawn on a terminal of few rows without scrolling it",
    async () => {
      await using _watched = await Watched.start();
      await using top = topOnTerminal("3600", [30, 5]);
      // The first frame, from its beginning to the keys in its last row.
      await top.shows(/\?25l.\[H([^\n]*\n){4}[^\n]*q quit/);
      top.press("q");
      expect(await top.ended()).toBe(0);
    },
    LIMIT_MS,
  );

  test(
    "gives the terminal back when the program ends, also between two looks",
    async () => {
      const watched = await Watched.start();
      await using top = topOnTerminal("3600");
      await top.shows(/ticker/);
      await watched[Symbol.asyncDispose]();
      expect(await top.ended()).toBe(1);
      await top.shows(`${LEAVE_SCREEN}The program has ended`);
    },
    LIMIT_MS,
  );
});

test(
  "when the program has ended, who looks is told, also between two looks",
  async () => {
    const path = join(folder, "ending.sock");
    const watched = await Watched.start(path);
    using viewer = new Viewer(path);
    await viewer.next();
    const pausing = viewer.pause(LIMIT_MS * 2).catch((error: unknown) => error);
    await watched[Symbol.asyncDispose]();
    expect(await pausing).toEqual(new Error("The program has ended"));
    expect(await viewer.next().catch((error: unknown) => error)).toBeInstanceOf(Error);
  },
  LIMIT_MS,
);

describe("without exactly one program", () => {
  test(
    "it says how to start one",
    async () => {
      const { errors, code } = await bascule("top");
      expect(code).toBe(1);
      expect(errors).toBe("No program can be looked into: start it with BASCULE_TOP=1\n");
      expect((await bascule("dump", "999999")).errors).toStartWith("Process 999999 cannot be");
    },
    LIMIT_MS,
  );

  test(
    "it says of a path why it cannot be looked into",
    async () => {
      writeFileSync(join(folder, "text"), "");
      using _chatty = Bun.listen({
        unix: join(folder, "chatty"),
        socket: { open: (socket) => void socket.write("hello\n"), data: () => undefined },
      });
      for (const [name, why] of [
        ["missing", "there is no such socket"],
        ["text", "no program listens there"],
        ["chatty", "what listens there does not answer as a Bascule program"],
      ] as const) {
        const path = join(folder, name);
        expect(await bascule("top", path)).toEqual({
          output: "",
          errors: `Cannot look into "${path}": ${why}\n`,
          code: 1,
        });
      }
    },
    LIMIT_MS,
  );

  test(
    "it names those to choose from",
    async () => {
      await using one = await Watched.start();
      await using two = await Watched.start();
      const { errors } = await bascule("top", "--once");
      expect(errors).toStartWith("There are 2 programs, pass one of: ");
      for (const { pid } of [one, two]) expect(errors).toContain(String(pid));
    },
    LIMIT_MS,
  );
});

test(
  "a place that is taken is a warning, and the program runs",
  async () => {
    const path = join(folder, "file");
    writeFileSync(path, "mine");
    await using watched = await Watched.start(path);
    const { errors, exitCode } = await watched.end();
    expect(exitCode).toBe(0);
    expect(errors).toContain(
      `BasculeTopWarning: Cannot serve top at "${path}": a file stands there`,
    );
  },
  LIMIT_MS,
);

test(
  "who stops reading, as head does, ends it quietly",
  async () => {
    await using watched = await Watched.start();
    for (const args of [["dump", String(watched.pid)], ["top", "--once"], ["--help"]]) {
      const child = Bun.spawn([process.execPath, COMMAND, ...args], {
        env: { ...Bun.env, XDG_RUNTIME_DIR: folder, BASCULE_TOP: "" },
        stdout: "pipe",
        stderr: "pipe",
        timeout: LIMIT_MS,
      });
      await child.stdout.cancel();
      expect([await child.stderr.text(), await child.exited]).toEqual(["", 0]);
    }
  },
  LIMIT_MS,
);

test(
  "output that cannot be written is one line",
  async () => {
    const child = Bun.spawn(
      ["sh", "-c", '"$@" --help > /dev/full', "sh", process.execPath, COMMAND],
      {
        stderr: "pipe",
        timeout: LIMIT_MS,
      },
    );
    expect(await child.stderr.text()).toBe("ENOSPC: no space left on device, write\n");
    expect(await child.exited).toBe(1);
  },
  LIMIT_MS,
);

test(
  "mistakes on the command line are one line",
  async () => {
    expect(await bascule("tpo")).toMatchObject({
      code: 1,
      errors: 'There is no command "tpo": bascule --help lists them\n',
    });
    expect((await bascule("top", "--every", "soon")).errors).toContain('every "soon" seconds');
    expect((await bascule("top", "--evry", "1")).errors).toBe(
      "Unknown option '--evry': --help lists the options\n",
    );
    expect((await bascule("top", "--every", "-1")).errors).toBe(
      "--every has no value: --help lists the options\n",
    );
    expect((await bascule("--help")).output).toStartWith("Usage: bascule <command>");
  },
  LIMIT_MS,
);
