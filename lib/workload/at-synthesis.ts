import { Lazy } from 'cdk8s';

/** A value that is asked for at synthesis, when the whole fleet is there. `undefined` leaves the field out. */
export function atSynthesis(produce: () => unknown): unknown {
  return Lazy.any({ produce });
}
