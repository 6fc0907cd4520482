import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { outcomeOf, readChecks, reasonsOf, type Check } from './results';

const check = (status: string, errorMessage?: string): Check => ({ id: 'a-check', status, errorMessage });

function resultsOnDisk(folders: Record<string, unknown>): string {
  const directory = mkdtempSync(join(tmpdir(), 'cdk8s-mcp-results-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  for (const [folder, checks] of Object.entries(folders)) {
    mkdirSync(join(directory, folder));
    if (checks !== undefined) {
      writeFileSync(join(directory, folder, 'checks.json'), JSON.stringify(checks));
    }
  }
  return directory;
}

describe('the results of the suite', () => {
  it('are found by the names of their folders', () => {
    const directory = resultsOnDisk({
      'server-server-stateless-2026-11-24T16-43-52-070Z': [check('SUCCESS')],
      'server-input-required-result-2-2026-11-24T16-43-53-071Z': [check('FAILURE', 'why')],
      'something-else': [check('SUCCESS')],
    });
    expect(readChecks(directory)).toEqual(new Map([
      ['server-stateless', [check('SUCCESS')]],
      ['input-required-result-2', [check('FAILURE', 'why')]],
    ]));
  });

  it('lack the scenarios that did not come to an end', () => {
    const directory = resultsOnDisk({ 'server-ping-2026-11-24T16-43-52-070Z': undefined });
    expect(readChecks(directory).size).toBe(0);
  });

  it('are none when the suite wrote none', () => {
    expect(readChecks('/nowhere').size).toBe(0);
  });
});

describe('the outcome of a leg', () => {
  it('tells scenarios that failed from those that only warned', () => {
    const checks = new Map([
      ['good', [check('SUCCESS'), check('INFO'), check('SKIPPED')]],
      ['warned', [check('SUCCESS'), check('WARNING')]],
      ['both', [check('WARNING'), check('FAILURE')]],
    ]);
    expect(outcomeOf(checks, ['good', 'warned', 'both'])).toEqual({ total: 3, failed: ['both'], warnings: ['warned'] });
  });

  it('counts a scenario without results as failed', () => {
    expect(outcomeOf(new Map(), ['ping'])).toEqual({ total: 1, failed: ['ping'], warnings: [] });
  });

  it('leaves aside what does not count', () => {
    expect(outcomeOf(new Map([['extra', [check('FAILURE')]]]), [])).toEqual({ total: 0, failed: [], warnings: [] });
  });

  it('is explained by the checks that did not succeed', () => {
    expect(reasonsOf([check('SUCCESS'), check('FAILURE', 'wrong'), check('WARNING')])).toEqual([
      'FAILURE a-check: wrong', 'WARNING a-check: no reason given',
    ]);
    expect(reasonsOf(undefined)).toEqual(['it came to no end']);
  });
});
