import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../testing/write-manifests';
import { logFile } from './log-file';

test('lines go into the file as they are, and on as JSON that names the pod', () => {
  const file = join(temporaryDirectory(), 'app.log');
  const forwarded: unknown[] = [];
  const log = logFile(file, 'core/app', (line) => forwarded.push(JSON.parse(line)));
  const lines = ['{"level":"warn","msg":"careful"}', 'plain', '{not JSON'];
  lines.forEach(log);
  expect(readFileSync(file, 'utf8')).toBe(`${lines.join('\n')}\n`);
  expect(forwarded).toEqual([
    { pod: 'core/app', level: 'warn', msg: 'careful' },
    { pod: 'core/app', level: 'info', time: expect.any(String) as string, msg: 'plain' },
    { pod: 'core/app', level: 'info', time: expect.any(String) as string, msg: '{not JSON' },
  ]);
});

test('a second run appends', () => {
  const file = join(temporaryDirectory(), 'app.log');
  logFile(file, 'app')('one');
  logFile(file, 'app')('two');
  expect(readFileSync(file, 'utf8')).toBe('one\ntwo\n');
});
