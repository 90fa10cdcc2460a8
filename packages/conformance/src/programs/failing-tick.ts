// A program that has a handler for uncaught errors, and errors come out of the loop itself: from
// the driver's turn, and from an observer. Everybody else goes on. Prints what was heard and done.
import { Runtime, RuntimeObserver, sleep, spawn } from "@bascule/core";

const heard: string[] = [];
process.on("uncaughtException", hear);
process.on("unhandledRejection", hear);

function hear(error: Error): void {
  heard.push(error.message);
}

/** Fails once. */
class Clumsy extends RuntimeObserver {
  #isDone: boolean = false;

  override pollEnded(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    throw new Error("from an observer");
  }
}

function failOneTurn(): void {
  const { driver } = Runtime.current();
  const turn = driver.turn.bind(driver);
  driver.turn = () => {
    driver.turn = turn;
    throw new Error("from a turn");
  };
}

async function sleepOften(): Promise<number> {
  let sleeps = 0;
  for (; sleeps < 10; sleeps++) await sleep(2);
  return sleeps;
}

const tasks = [spawn(sleepOften), spawn(sleepOften)];
await sleep(3);
failOneTurn();
await sleep(3);
Runtime.current().observe(new Clumsy());
const sleeps = await Promise.all(tasks);
await Runtime.current().shutdown();
process.stdout.write(JSON.stringify({ heard: heard.toSorted(), sleeps }));
