import fc from 'fast-check';

/** One step of a generated schedule: what happens, and two numbers that say to whom and how. */
export interface Step<Action extends string> {
  readonly action: Action;
  readonly pick: number;
  readonly more: number;
}

/** @param weights how often each action comes, beside the others */
export function anyStep<Action extends string>(weights: Readonly<Record<Action, number>>): fc.Arbitrary<Step<Action>> {
  return fc.record({
    action: fc.oneof(...Object.entries<number>(weights).map(([action, weight]) =>
      ({ weight: weight * 10, arbitrary: fc.constant(action as Action) }))),
    pick: fc.nat(1000),
    more: fc.nat(1000),
  });
}
