import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { differences, readBaseline, type Baseline } from './baseline';
import { legId, legsOf, type Leg } from './legs';
import type { Outcome } from './results';

const LEG: Leg = { path: 'proxy', client: '2026-07-28', server: 'sdk1-legacy', isolation: 'shared' };

const BASELINE: Baseline = [{
  because: 'of this test',
  client: '2026-07-28',
  servers: ['sdk1-legacy', 'sdk2-legacy'],
  isolations: ['shared'],
  failed: ['asks'],
  warnings: ['answers'],
}];

const outcome = (failed: string[], warnings: string[]): Outcome => ({ total: 10, failed, warnings });

describe('the baseline', () => {
  it('accepts exactly what it says', () => {
    expect(differences(LEG, outcome(['asks'], ['answers']), BASELINE)).toEqual({ worse: [], lines: [] });
  });

  it('does not accept what it does not know', () => {
    expect(differences(LEG, outcome(['asks', 'lists'], ['answers', 'reads']), BASELINE)).toEqual({
      worse: ['lists', 'reads'],
      lines: [
        `${legId(LEG)}: failures that the baseline does not know: lists`,
        `${legId(LEG)}: warnings that the baseline does not know: reads`,
      ],
    });
  });

  it('does not accept to be out of date', () => {
    expect(differences(LEG, outcome([], ['answers']), BASELINE)).toEqual({
      worse: [],
      lines: [`${legId(LEG)}: no failures any more, so remove them from the baseline: asks`],
    });
  });

  it('takes a failure for worse where a warning was known', () => {
    expect(differences(LEG, outcome(['asks', 'answers'], []), BASELINE).worse).toEqual(['answers']);
  });

  it.each<Partial<Leg>>([
    { client: '2025-11-25' }, { server: 'sdk2-modern' }, { isolation: 'session' },
    { path: 'direct', isolation: '-' },
  ])('says nothing about other legs: %o', (other) => {
    expect(differences({ ...LEG, ...other }, outcome(['asks'], []), BASELINE).worse).toEqual(['asks']);
  });

  it('does not judge peers', () => {
    const peer: Leg = { ...LEG, path: 'supergateway', isolation: '-' };
    expect(differences(peer, outcome(['anything'], []), BASELINE)).toEqual({ worse: [], lines: [] });
  });

  it('that is checked in is well-formed and speaks of legs that exist', () => {
    const baseline = readBaseline(join(import.meta.dirname, 'baseline.json'));
    const legs = legsOf({ peers: false }).map(legId);
    for (const { client, servers, isolations } of baseline) {
      expect(legs).toEqual(expect.arrayContaining(servers.flatMap((server) =>
        isolations.map((isolation) => legId({ path: 'proxy', client, server, isolation })))));
    }
  });
});
