import { AskingBench, type StartedCall } from './asking-bench';
import type { RecordedRound } from './recorded-round';

/** A call whose server has asked, and what its client was asked then. */
export function parked(bench = new AskingBench(), options?: Parameters<AskingBench['begin']>[1]) {
  const started = bench.begin(undefined, options);
  const question = started.server.ask();
  bench.clock.advance(20);
  return { bench, started, question, ...asked(started) };
}

/** What a client is asked by the answer to its request. */
export function asked({ round }: Pick<StartedCall, 'round'> | { round: RecordedRound }) {
  const { inputRequests, requestState } = round.result as { inputRequests: object; requestState: string };
  return { inputRequests, state: requestState, keys: Object.keys(inputRequests) };
}
