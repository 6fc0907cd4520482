import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { ISOLATIONS } from '../../lib/contract/proxy-config';
import { FIXTURES, type Fixture } from '../fixtures/conformance/fixtures';
import { REVISIONS, isJudged, legId, type Leg } from './legs';
import type { Outcome } from './results';

const baselineSchema = z.array(z.strictObject({
  /** Why it cannot be better. */
  because: z.string().min(1),
  client: z.enum(REVISIONS),
  servers: z.array(z.enum(Object.keys(FIXTURES) as Fixture[])).min(1),
  isolations: z.array(z.enum(ISOLATIONS)).min(1),
  failed: z.array(z.string()).default([]),
  warnings: z.array(z.string()).default([]),
}));

/** What is known not to pass through the proxy, for each combination of these servers and isolations. */
export type Baseline = z.infer<typeof baselineSchema>;

/** @throws when the file is not what it should be */
export function readBaseline(file: string): Baseline {
  return baselineSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
}

/** How an outcome differs from what the baseline says. */
export interface Differences {
  /** Scenarios that did worse than the baseline says. */
  readonly worse: readonly string[];
  /** All differences, a line for each kind; none if everything is as expected. */
  readonly lines: readonly string[];
}

export function differences(leg: Leg, outcome: Outcome, baseline: Baseline): Differences {
  if (!isJudged(leg)) {
    return { worse: [], lines: [] };
  }
  const entries = leg.path === 'proxy' ? baseline.filter((entry) => covers(entry, leg)) : [];
  const kinds = (['failed', 'warnings'] as const).map((kind) => {
    const expected = new Set(entries.flatMap((entry) => entry[kind]));
    const seen = new Set(outcome[kind]);
    return {
      kind: kind === 'failed' ? 'failures' : 'warnings',
      unknown: [...seen].filter((scenario) => !expected.has(scenario)),
      stale: [...expected].filter((scenario) => !seen.has(scenario)),
    };
  });
  const line = (what: string, scenarios: readonly string[]) =>
    scenarios.length === 0 ? [] : [`${legId(leg)}: ${what}: ${scenarios.join(', ')}`];
  return {
    worse: kinds.flatMap(({ unknown }) => unknown),
    lines: kinds.flatMap(({ kind, unknown, stale }) => [
      ...line(`${kind} that the baseline does not know`, unknown),
      ...line(`no ${kind} any more, so remove them from the baseline`, stale),
    ]),
  };
}

function covers({ client, servers, isolations }: Baseline[number], leg: Leg): boolean {
  return client === leg.client && servers.includes(leg.server) && isolations.some((one) => one === leg.isolation);
}
