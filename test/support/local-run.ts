import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { onTestFinished } from 'vitest';
import type { FleetFile } from '../../runtime/src/local/fleet-file';

/** As users have it: run `npm ci`, or `npm run bundle` after a change. */
export const CLI = 'bin/cdk8s-mcp.mjs';

/** `cdk8s-mcp up`, as a process of its own. */
export interface LocalRun {
  readonly process: ChildProcess;
  readonly stateDirectory: string;
  /** Lines on stdout so far. */
  readonly output: readonly string[];
  /** JSON lines on stderr so far. */
  readonly logs: readonly Record<string, unknown>[];
  /** Resolves with the exit status. */
  readonly ended: Promise<number | null>;
  /** Resolves with what it publishes about the fleet, once that is up. */
  readonly up: Promise<FleetFile>;
}

/** Starts a fleet; when the test ends, so does the fleet. */
export function startUp(directory: string, ...options: string[]): LocalRun {
  const stateDirectory = mkdtempSync(join(tmpdir(), 'cdk8s-mcp-test-'));
  const child = spawn(process.execPath, [CLI, 'up', directory, '--state-dir', stateDirectory, ...options], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: string[] = [];
  const logs: Record<string, unknown>[] = [];
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  createInterface({ input: child.stdout }).on('line', (line) => output.push(line));
  const up = new Promise<FleetFile>((resolve, reject) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      const record = asRecord(line);
      logs.push(record);
      if (record.program === 'up' && record.msg === 'listening') {
        resolve(JSON.parse(readFileSync(join(stateDirectory, 'fleet.json'), 'utf8')) as FleetFile);
      }
    });
    void ended.then(() => reject(new Error(`up has ended:\n${[...output, ...logs.map((log) => log.msg)].join('\n')}`)));
  });
  up.catch(() => undefined); // Not every test waits for it.
  onTestFinished(async () => {
    child.kill('SIGINT');
    await ended;
    rmSync(stateDirectory, { recursive: true, force: true, maxRetries: 5 });
  });
  return { process: child, stateDirectory, output, logs, ended, up };
}

/** An access token, as the command makes it. */
export function tokenOf({ stateDirectory }: LocalRun, ...options: string[]): Promise<string> {
  return runCli(['token', '--state-dir', stateDirectory, ...options]);
}

/** What a command that ends by itself prints. */
export async function runCli(args: readonly string[], environment: NodeJS.ProcessEnv = process.env): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [CLI, ...args], { env: environment });
  return stdout.trim();
}

/** An MCP client of an endpoint, with a token; it is closed when the test ends. */
export async function connect(url: string, token: string): Promise<Client> {
  const client = new Client({ name: 'test', version: '1.0.0' });
  await client.connect(new StreamableHTTPClientTransport(new URL(url), {
    requestInit: { headers: { authorization: `Bearer ${token}` } },
  }));
  onTestFinished(() => client.close());
  return client;
}

/** Names of a server's tools, in order. */
export async function toolNames(client: Client): Promise<string[]> {
  const { tools } = await client.listTools();
  return tools.map(({ name }) => name).sort();
}

function asRecord(line: string): Record<string, unknown> {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return { msg: line };
  }
}
