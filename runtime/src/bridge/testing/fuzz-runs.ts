/**
 * How long the property tests of the bridge run. `FUZZ_RUNS=100000 npx vitest run runtime/src/bridge` runs each of them
 * as often as that; without it, each runs as often as it asks for, which takes seconds.
 */
const wanted = process.env.FUZZ_RUNS === undefined ? undefined : Number(process.env.FUZZ_RUNS);

/** Parameters of a property that usually runs so often. */
export function fuzzRuns(usual: number): { numRuns: number } {
  return { numRuns: wanted ?? usual };
}

/** How long such a test may take, in ms. */
export const FUZZ_TIMEOUT_MS = wanted === undefined ? 60_000 : 6 * 3_600_000;
