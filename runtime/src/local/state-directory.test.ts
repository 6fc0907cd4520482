import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { UsageError } from '../platform/usage-error';
import { StateDirectory } from './state-directory';
import { temporaryDirectory } from './testing/write-manifests';

afterEach(() => vi.unstubAllEnvs());

test('a temporary directory is its owner\'s only, and goes away', () => {
  vi.stubEnv('TMPDIR', temporaryDirectory());
  const state = StateDirectory.open();
  expect(statSync(state.path).mode & 0o077).toBe(0);
  expect(existsSync(state.podVolume('core/files', 'tmp'))).toBe(true);
  state.remove();
  expect(existsSync(state.path)).toBe(false);
});

test('a given directory is made, and stays', () => {
  const path = join(temporaryDirectory(), 'deep/state');
  const state = StateDirectory.open(path);
  expect(statSync(path).mode & 0o077).toBe(0);
  state.remove();
  expect(existsSync(state.logs)).toBe(true);
});

test('files of different pods have different names', () => {
  const state = StateDirectory.open(temporaryDirectory());
  const files = ['a/b', 'a/b-c', 'a-b/c', 'a/b/c'].map((id) => state.logOf(id));
  expect(new Set(files).size).toBe(4);
});

test('what is no directory is a UsageError', () => {
  const file = join(temporaryDirectory(), 'file');
  writeFileSync(file, '');
  expect(() => StateDirectory.open(file)).toThrow(new UsageError(`cannot keep state in ${file}: EEXIST`));
});
