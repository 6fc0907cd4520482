import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'keys-command-'));
});

afterEach(() => rmSync(directory, { recursive: true }));

function keysInit(...args: string[]): Promise<{ stdout: string; stderr: string }> {
  return promisify(execFile)(process.execPath, ['--import', 'tsx', MAIN, 'keys', 'init', ...args]);
}

describe('cdk8s-mcp keys init', () => {
  it('prints nothing but a Secret on stdout', async () => {
    const { stdout, stderr } = await keysInit('--namespace', 'gateway');
    expect(parse(stdout)).toMatchObject({
      kind: 'Secret', metadata: { name: 'mcp-gateway-session-keys', namespace: 'gateway' },
    });
    expect(stderr).toBe('');
  });

  it('writes a file when it is told where, and prints no key', async () => {
    const { stdout, stderr } = await keysInit('--out', directory);
    expect(existsSync(join(directory, 'keys.json'))).toBe(true);
    expect(stdout).toBe('');
    expect(stderr).toBe(`wrote ${join(directory, 'keys.json')}\n`);
  });

  it('does not ignore a name that a file cannot have', async () => {
    await expect(keysInit('--out', directory, '--name', 'keys')).rejects.toMatchObject({ code: 2 });
    expect(existsSync(join(directory, 'keys.json'))).toBe(false);
  });
});
