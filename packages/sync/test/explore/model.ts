/** One call of a program: which operation, and a number that means something to it. */
export interface Call {
  readonly name: string;
  readonly argument: number;
}

/** What tasks do, one list of calls each, and which of the calls is aborted, if any is. */
export interface Program {
  readonly tasks: readonly (readonly Call[])[];
  readonly aborted: { readonly task: number; readonly index: number } | null;
}

/** A call as it was seen from outside: times are counted in events. */
export interface Record {
  readonly task: number;
  readonly call: Call;
  readonly invokedAt: number;
  /** Infinity while it has not returned. */
  returnedAt: number;
  /** What it resolved with, the name of what it rejected with, or `aborted`; null until then. */
  outcome: string | null;
}

/** What the calls mean when they are made one after the other; states are never changed. */
export interface Model<State> {
  readonly initial: State;
  /** @returns what a call makes of a state, and its outcome; null when it has to wait */
  apply(state: State, call: Call, task: number): { state: State; outcome: string } | null;
  /** What an aborted call may leave behind; without it, everything as it was. */
  abandon?(state: State): readonly State[];
  /** Whether calls are served in the order of asking, so that one may wait behind another. */
  readonly isFair?: boolean;
}

/**
 * Whether the calls took effect one by one, each at some moment between its beginning and its end,
 * as the model says (Wing and Gong, 1993); and whether whoever waits at the end has to. The second
 * finds what the first cannot: a wake-up that got lost.
 */
export function isLinearizable<State>(records: readonly Record[], model: Model<State>): boolean {
  const pending = records.filter(({ outcome }) => outcome === null);
  const mustWait = (state: State, { call, task }: Record): boolean =>
    model.apply(state, call, task) === null;
  const canEnd = (state: State): boolean => {
    const front = model.isFair === true ? pending.slice(0, 1) : pending;
    return front.every((record) => mustWait(state, record));
  };
  const search = (state: State, left: readonly Record[]): boolean => {
    if (left.length === 0) return canEnd(state);
    const firstReturn = Math.min(...left.map(({ returnedAt }) => returnedAt));
    return left.some((record) => {
      if (record.invokedAt > firstReturn) return false;
      const rest = left.filter((each) => each !== record);
      return statesAfter(state, record, model).some((next) => search(next, rest));
    });
  };
  return search(
    model.initial,
    records.filter(({ outcome }) => outcome !== null),
  );
}

function statesAfter<State>(
  state: State,
  { call, task, outcome }: Record,
  model: Model<State>,
): readonly State[] {
  if (outcome === "aborted") return model.abandon?.(state) ?? [state];
  const applied = model.apply(state, call, task);
  return applied?.outcome === outcome ? [applied.state] : [];
}
