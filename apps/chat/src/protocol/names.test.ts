import { expect, test } from "bun:test";
import { nameTrouble, toName } from "./names.ts";

const INVISIBLE = "That name has characters that cannot be printed: leave them out";

test("nameTrouble() refuses what cannot be seen: two names would look like one", () => {
  const fillers = ["\u3164", "\u115F\u1160", "\uFFA0", "\u2800", "\u17B4", "\u200D"];
  const likeAnn = [
    "ann\u034F",
    "ann\uFE0F",
    "a\u200Bnn",
    "a\u00ADnn",
    "ann\u{E0061}",
    "ann1\uFE0F",
  ];
  for (const name of [...fillers, ...likeAnn]) expect(nameTrouble(toName(name))).toBe(INVISIBLE);
});

test("nameTrouble() refuses a mark that would stand on what comes before the name", () => {
  for (const name of ["\u0301", "\u0301nn", "\u20DD"]) {
    expect(nameTrouble(toName(name))).toBe(INVISIBLE);
  }
});

test("nameTrouble() takes letters of any script, and emoji of several characters", () => {
  const latin = ["Zoë", "Zoe\u0308", "q\u0323\u0301", "ann 2", "-x"];
  const others = ["नमस्ते", "ไทย", "日本語"];
  const emoji = ["👩‍🚀", "❤️", "1️⃣"];
  const flags = ["🏴󠁧󠁢󠁥󠁮󠁧󠁿", "ann 👍🏽", "🇩🇪"];
  for (const name of [...latin, ...others, ...emoji, ...flags]) {
    expect(nameTrouble(toName(name))).toBe(null);
  }
});

test("nameTrouble() takes no longer for a name of emoji that will not do", () => {
  expect(nameTrouble(`${"😀".repeat(31)}\u0007`)).toBe(INVISIBLE);
});
