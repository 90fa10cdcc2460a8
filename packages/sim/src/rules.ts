/** What a value has to be, and how to say so. */
export interface Rule {
  readonly holds: (value: unknown) => boolean;
  /** What to pass instead. */
  readonly pass: string;
}

const SHOWN_MAX = 80;

export function wholeFrom(min: number): Rule {
  const holds = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= min;
  return { holds, pass: `a whole number, ${min} or more` };
}

/** A range, from its smallest value to its largest. */
export function rangeFrom(least: number): Rule {
  const holds = (value: unknown): boolean => {
    if (!Array.isArray(value) || value.length !== 2 || !value.every(Number.isFinite)) return false;
    return value[0] >= least && value[0] <= value[1];
  };
  return { holds, pass: `[min, max], numbers with ${least} <= min <= max` };
}

export const PROBABILITY: Rule = {
  holds: (value) => typeof value === "number" && value >= 0 && value <= 1,
  pass: "a number from 0 to 1",
};

export const NOT_NEGATIVE: Rule = {
  holds: (value) => Number.isFinite(value) && Number(value) >= 0,
  pass: "a number, 0 or more",
};

export const FLAG: Rule = {
  holds: (value) => typeof value === "boolean",
  pass: "true or false",
};

export const SEED: Rule = wholeFrom(0);

export const HOST_NAMES: Rule = {
  holds: (value) =>
    Array.isArray(value) && value.every((name) => typeof name === "string" && name !== ""),
  pass: 'a list of names, such as ["server", "client"]',
};

export const DECISIONS: Rule = {
  holds: (value) => Array.isArray(value) && value.every(isDecision),
  pass: "the replay of a SimulationError, pairs of whole numbers",
};

function isDecision(value: unknown): boolean {
  return Array.isArray(value) && value.length === 2 && value.every(SEED.holds);
}

/**
 * @param action what the value is for, as it stands before the value: `use seed`
 * @throws RangeError for a value that the rule does not hold for
 */
export function check(action: string, value: unknown, rule: Rule): void {
  if (rule.holds(value)) return;
  throw new RangeError(`Cannot ${action} "${show(value)}": pass ${rule.pass}`);
}

/**
 * Looks at options that are given; those that are left out have their defaults.
 * @throws RangeError for one that makes no sense, TypeError for what are no options
 */
export function checkOptions(options: object, rules: Readonly<Record<string, Rule>>): void {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`Cannot use options "${show(options)}": pass an object`);
  }
  for (const [name, rule] of Object.entries(rules)) {
    const value: unknown = Reflect.get(options, name);
    if (value !== undefined) check(`use ${name}`, value, rule);
  }
}

/** @throws TypeError when the simulated program is no function */
export function checkBody(body: unknown): void {
  if (typeof body === "function") return;
  throw new TypeError(`Cannot simulate "${show(body)}": pass a function`);
}

function show(value: unknown): string {
  const text = typeof value === "object" ? Bun.inspect(value, { compact: true }) : String(value);
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text;
}
