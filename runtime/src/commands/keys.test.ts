import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';

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
  it('prints nothing but objects on stdout', async () => {
    const { stdout, stderr } = await keysInit('--namespace', 'gateway', '--server-namespace', 'core', '--server-namespace', 'utility');
    expect(parseAllDocuments(stdout).map((document) => document.toJS() as object)).toMatchObject([
      { kind: 'Secret', metadata: { name: 'mcp-gateway-session-keys', namespace: 'gateway' } },
      { kind: 'Secret', metadata: { name: 'mcp-gateway-assertion-key', namespace: 'gateway' } },
      { kind: 'ConfigMap', metadata: { name: 'mcp-assertion-keys', namespace: 'core' } },
      { kind: 'ConfigMap', metadata: { name: 'mcp-assertion-keys', namespace: 'utility' } },
    ]);
    expect(stderr).toBe('');
  });

  it('writes files when it is told where, and prints no key', async () => {
    const { stdout, stderr } = await keysInit('--out', directory);
    expect(readdirSync(directory)).toEqual(['keys.json', 'private-key.json', 'public-keys.json']);
    expect(stdout).toBe('');
    expect(stderr).toBe(readdirSync(directory).map((name) => `wrote ${join(directory, name)}\n`).join(''));
  });

  it.each([
    ['no namespace for the public key', [], 'say where servers run by --server-namespace NAMESPACE'],
    ['a name that a file cannot have', ['--out', 'DIRECTORY', '--gateway', 'front'], 'cannot be used with'],
  ])('refuses %s, in one line', async (_what, args, reason) => {
    const refused = keysInit(...args.map((arg) => arg.replace('DIRECTORY', directory)));
    await expect(refused).rejects.toMatchObject({ code: 2, stdout: '' });
    await expect(refused).rejects.toThrow(reason);
    expect(readdirSync(directory)).toEqual([]);
  });
});
