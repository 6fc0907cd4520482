import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startIssuer, type TestIssuer } from '../auth/testing/issuer';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));

let directory: string;
let issuer: TestIssuer;
let program: ChildProcess | undefined;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'registry-command-'));
  writeFileSync(join(directory, 'fleet.cedar'), 'permit (principal, action, resource);');
  issuer = await startIssuer();
});

afterEach(async () => {
  program?.kill('SIGKILL');
  await issuer.stop();
  rmSync(directory, { recursive: true });
});

function writeConfig(text: string): string {
  const file = join(directory, 'registry.yaml');
  writeFileSync(file, text);
  return file;
}

function run(args: string[], environment: Record<string, string> = {}): ChildProcess {
  return program = spawn(process.execPath, ['--import', 'tsx', MAIN, 'registry', ...args], {
    env: { ...process.env, ...environment }, stdio: ['ignore', 'ignore', 'pipe'],
  });
}

describe('cdk8s-mcp registry', () => {
  it('serves what its file says, for the issuer of the environment, until it is told to stop', async () => {
    const config = writeConfig(`
      listen: 127.0.0.1:0
      admin: 127.0.0.1:0
      publicUrl: https://mcp.example.com
      authentication: {issuers: [{issuer: https://auth.example.com}]}
      policy: {directory: ${directory}}
      servers: []
    `);
    const child = run(['--config', config], { AUTH_ISSUER: issuer.issuer });
    const exit = once(child, 'exit');
    let url: string | undefined;
    for await (const line of createInterface({ input: child.stderr! })) {
      const entry = JSON.parse(line) as { msg: string; url?: string };
      if (entry.msg === 'listening') {
        url = entry.url;
        const token = await issuer.sign({ aud: 'https://mcp.example.com' });
        const response = await fetch(`${url}/discover`, { headers: { authorization: `Bearer ${token}` } });
        expect(await response.json()).toEqual({ servers: [] });
        child.kill('SIGTERM');
      }
    }
    expect(url).toBeDefined();
    expect(await exit).toEqual([0, null]);
  });

  it.each([
    ['a file that is wrong', () => ['--config', writeConfig('listen: 8080')], /registry\.yaml .*publicUrl/],
    ['no file', () => [], /--config/],
  ])('ends with one line and status 2: %s', async (_, args, message) => {
    const child = run(args());
    const exit = once(child, 'exit');
    const lines = [];
    for await (const line of createInterface({ input: child.stderr! })) {
      lines.push(line);
    }
    expect(await exit).toEqual([2, null]);
    expect(lines).toEqual([expect.stringMatching(message)]);
  });
});
