import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import type { ProxyConfigInput } from '../../lib/contract/proxy-config';
import { bundleFixtures, type Fixture, type FixtureCommands } from '../fixtures/conformance/fixtures';
import { namesFor, type FixtureNames } from '../fixtures/conformance/names';
import { descendantsOf } from './processes';
import { SharedProxy } from './shared-proxy';

/** Makes the names of the fixtures, which differ from run to run. FIXTURE_SEED repeats a run. */
export const SEED = process.env.FIXTURE_SEED ?? randomBytes(4).toString('hex');

/** A fixture behind a proxy that the tests of a `describe` share. */
export interface ProxiedFixture {
  readonly names: FixtureNames;
  /** To be called in tests and hooks only. */
  readonly proxy: () => SharedProxy;
  /** Processes of the server that are there now. */
  readonly pids: () => number[];
}

/**
 * Prepares the fixtures of the conformance tests, with names that nobody can know, for the tests of one file.
 *
 * @returns what puts one of them behind a proxy. Roots are allowed if the configuration does not say otherwise.
 */
export function useFixtures(): (fixture: Fixture, config?: Partial<ProxyConfigInput>) => ProxiedFixture {
  const directory = mkdtempSync(join(tmpdir(), 'fixtures-'));
  let commands: FixtureCommands;
  let proxies = 0;
  beforeAll(async () => {
    commands = await bundleFixtures(directory);
  });
  afterAll(() => {
    rmSync(directory, { recursive: true });
    const left = descendantsOf(process.pid).filter(({ command }) => command.includes(directory));
    if (left.length > 0) {
      throw new Error(`server processes are left: ${left.map(({ command }) => command).join(', ')}`);
    }
  });
  return (fixture, config) => {
    // Names of its own tell the processes of a proxy from those of others.
    const seed = `${SEED}/${++proxies}`;
    let proxy: SharedProxy;
    beforeAll(async () => {
      const command = commands.command(fixture, { seed });
      proxy = await SharedProxy.start({ roots: 'allow', connector: { type: 'child', command }, ...config });
    });
    afterAll(() => proxy.stop());
    return {
      names: namesFor(seed),
      proxy: () => proxy,
      pids: () => descendantsOf(process.pid).filter(({ command }) => command.trimEnd().endsWith(` ${seed}`))
        .map(({ pid }) => pid),
    };
  };
}
