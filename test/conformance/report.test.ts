import { describe, expect, it } from 'vitest';
import type { Leg } from './legs';
import { progress, rowOf, table } from './report';

const LEG: Leg = { path: 'proxy', client: '2025-11-25', server: 'sdk1-legacy', isolation: 'session' };

describe('the report', () => {
  it('counts what has no failure as passed, warnings or not', () => {
    expect(rowOf(LEG, { total: 30, failed: ['ping'], warnings: ['tools-list'] }))
      .toEqual({ ...LEG, passed: 29, total: 30, failed: ['ping'], warnings: ['tools-list'] });
  });

  it('is a table of aligned columns', () => {
    expect(table([
      rowOf(LEG, { total: 30, failed: [], warnings: ['ping'] }),
      rowOf({ ...LEG, path: 'direct', isolation: '-' }, { total: 5, failed: ['a', 'b', 'c', 'd', 'e'], warnings: [] }),
    ])).toBe([
      '| path   | client     | server      | isolation | passed  | failed          | with warnings |',
      '| ------ | ---------- | ----------- | --------- | ------- | --------------- | ------------- |',
      '| proxy  | 2025-11-25 | sdk1-legacy | session   | 30 / 30 |                 | ping          |',
      '| direct | 2025-11-25 | sdk1-legacy | -         | 0 / 5   | a, b, c, 2 more |               |',
    ].join('\n'));
  });

  it('says how far it is in one line', () => {
    const row = rowOf(LEG, { total: 30, failed: ['ping'], warnings: ['tools-list'] });
    expect(progress(row, 3.6)).toBe('proxy 2025-11-25 sdk1-legacy session: 29 of 30 passed, 1 with warnings (4 s)');
  });
});
