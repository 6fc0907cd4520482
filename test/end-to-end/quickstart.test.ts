import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { eventually } from '../support/processes';

const ROOT = join(import.meta.dirname, '..', '..');
const CONNECTION_FILE = join(ROOT, 'build', 'quickstart.json');

test('npm run quickstart synthesizes, runs and uses the fleet, and leaves nothing behind', async () => {
  const { stdout } = await promisify(execFile)('npm', ['run', '--silent', 'quickstart'], { cwd: ROOT });
  expect(stdout).toContain('✓ files__read_text_file');
  expect(stdout).toContain('Hello from a fleet of MCP servers.');
  expect(stdout).toMatch(/✓ memory__search_nodes "fleets"\n.*cdk8s-mcp/);
  expect(stdout).toMatch(/✗ files__write_file .*\n.*Unknown tool: files__write_file/);
  expect(stdout).toMatch(/bob +files\/write_file +deny/);
  expect(stdout).toContain('mcp_tool_requests_total{server="files",tool="read_text_file"');
}, 120_000);

test('npm run quickstart -- --keep stays up, says how to connect, and ends on SIGTERM', async () => {
  const quickstart = spawn('npm', ['run', '--silent', 'quickstart', '--', '--keep'], { cwd: ROOT, stdio: 'ignore' });
  try {
    const connection = await eventually('quickstart.json is written', () =>
      existsSync(CONNECTION_FILE) ? readFileSync(CONNECTION_FILE, 'utf8') : undefined);
    const { url, tokens } = JSON.parse(connection) as { url: string; tokens: Record<string, string> };
    expect(statSync(CONNECTION_FILE).mode & 0o077).toBe(0);
    const discover = async () => fetch(`${url}/discover`, { headers: { Authorization: `Bearer ${tokens.alice!}` } });
    expect((await discover()).status).toBe(200);
    quickstart.kill('SIGTERM');
    await eventually('the gateway is gone', () => discover().then(() => undefined, () => true));
  } finally {
    quickstart.kill('SIGTERM');
    if (quickstart.exitCode === null && quickstart.signalCode === null) {
      await once(quickstart, 'exit');
    }
  }
  await eventually('quickstart.json is gone', () => !existsSync(CONNECTION_FILE));
}, 120_000);
