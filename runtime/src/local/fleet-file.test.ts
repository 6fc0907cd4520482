import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { UsageError } from '../platform/usage-error';
import { findFleet, publishFleet, requirePublishable, withdrawFleet, type FleetFile } from './fleet-file';
import { temporaryDirectory } from './testing/write-manifests';

const FLEET: FleetFile = {
  pid: 1, url: 'http://127.0.0.1:1', audience: 'http://127.0.0.1:1', issuer: 'http://127.0.0.1:2', requiredScopes: [],
  tokenEndpoint: 'http://127.0.0.1:2/local/tokens', tokenSecret: 'secret', gateway: { admin: 'http://127.0.0.1:3' },
  servers: [], logs: '/logs', auditLog: '/audit.log',
};

let project: string;

beforeEach(() => {
  vi.stubEnv('TMPDIR', temporaryDirectory());
  project = temporaryDirectory();
  vi.spyOn(process, 'cwd').mockReturnValue(project);
});

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

describe('a running fleet is found', () => {
  test('from its project, and from below it', () => {
    publishFleet(FLEET, temporaryDirectory());
    expect(findFleet()).toEqual(FLEET);
    vi.spyOn(process, 'cwd').mockReturnValue(join(project, 'src/deep'));
    expect(findFleet()).toEqual(FLEET);
  });

  test('by its state directory', () => {
    const state = temporaryDirectory();
    publishFleet(FLEET, state);
    vi.spyOn(process, 'cwd').mockReturnValue('/');
    expect(findFleet(state)).toEqual(FLEET);
  });

  test('not from elsewhere, and not when it has ended', () => {
    const state = temporaryDirectory();
    publishFleet(FLEET, state);
    withdrawFleet(state);
    expect(() => findFleet()).toThrow(new UsageError('no fleet runs here: start one with cdk8s-mcp up DIR'));
    expect(() => findFleet(state)).toThrow(`no fleet runs in ${state}`);
  });

  test('also when an earlier one of the same project ends', () => {
    const earlier = temporaryDirectory();
    publishFleet(FLEET, earlier);
    publishFleet({ ...FLEET, pid: 2 }, temporaryDirectory());
    withdrawFleet(earlier);
    expect(findFleet().pid).toBe(2);
  });
});

test('only the owner can read it', () => {
  const state = temporaryDirectory();
  publishFleet(FLEET, state);
  expect(statSync(join(state, 'fleet.json')).mode & 0o077).toBe(0);
});

test('a directory of somebody else is not trusted', () => {
  const uid = process.getuid!();
  mkdirSync(join(process.env.TMPDIR!, `cdk8s-mcp-fleets-${uid + 1}`));
  vi.spyOn(process, 'getuid').mockReturnValue(uid + 1);
  expect(() => requirePublishable()).toThrow(/belongs to somebody else: remove it/);
});

test('a state directory serves one fleet at a time', () => {
  const state = temporaryDirectory();
  expect(() => requirePublishable(state)).not.toThrow();
  publishFleet({ ...FLEET, pid: process.pid }, state);
  expect(() => requirePublishable(state)).toThrow(new UsageError(
    `a fleet runs with ${state} already: end it first, or give another --state-dir`));
  // Its process was killed, and could not withdraw it.
  publishFleet({ ...FLEET, pid: 2 ** 30 }, state);
  expect(() => requirePublishable(state)).not.toThrow();
});

test('what another version has written is refused', () => {
  const state = temporaryDirectory();
  writeFileSync(join(state, 'fleet.json'), '{}');
  expect(() => findFleet(state)).toThrow(/fleet\.json is not a valid configuration: pid: /);
});
