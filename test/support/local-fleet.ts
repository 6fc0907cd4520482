import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client as ModernClient, StreamableHTTPClientTransport as ModernTransport } from '@modelcontextprotocol/client';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { LocalFleet } from '../../examples/quickstart/tour/local-fleet';
import { synthesizeExample } from './examples';

/** Changes the texts of the synthesized files. */
export type Edit = (files: Record<string, string>) => Record<string, string>;

/** A fleet on this machine, from a copy of an example's manifests, and clients of it. */
export class TestFleet {
  static async start(example: string, edit: Edit = (files) => files): Promise<TestFleet> {
    const folder = mkdtempSync(join(tmpdir(), 'cdk8s-mcp-e2e-'));
    const manifests = join(folder, 'dist');
    mkdirSync(manifests);
    for (const [file, text] of Object.entries(edit((await synthesizeExample(example)).files))) {
      writeFileSync(join(manifests, file), text);
    }
    const report: string[] = [];
    try {
      return new TestFleet(folder, await LocalFleet.start(manifests, (text) => report.push(text)), report);
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw new Error(`${(error as Error).message}\n${report.join('')}`, { cause: error });
    }
  }

  private readonly closeClients: (() => Promise<void>)[] = [];

  private constructor(
    private readonly folder: string,
    readonly local: LocalFleet,
    private readonly report: string[],
  ) {}

  /** What `up` said to people. */
  get reported(): string {
    return this.report.join('');
  }

  url(path = '/mcp'): URL {
    return new URL(path, this.local.description.url);
  }

  token(user: string, ...groups: string[]): string {
    return this.local.token({ user, groups });
  }

  /** With the official client of SDK 1. */
  async connect(token: string, path?: string): Promise<Client> {
    const client = new Client({ name: 'test-sdk-1', version: '1.0.0' });
    const transport = new StreamableHTTPClientTransport(this.url(path), {
      requestInit: { headers: { Authorization: `Bearer ${token}` } },
    });
    await client.connect(transport);
    this.closeClients.push(() => client.close());
    return client;
  }

  /** With the official client of SDK 2, in its default settings. */
  async connectModern(token: string, path?: string): Promise<ModernClient> {
    const client = new ModernClient({ name: 'test-sdk-2', version: '1.0.0' });
    await client.connect(new ModernTransport(this.url(path), {
      requestInit: { headers: { Authorization: `Bearer ${token}` } },
    }));
    this.closeClients.push(() => client.close());
    return client;
  }

  async stop(): Promise<void> {
    await Promise.all(this.closeClients.map((close) => close()));
    await this.local.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The text of a tool's answer. */
export function textOf(result: object): string {
  const { content } = result as { content: { text?: string }[] };
  return content.map(({ text }) => text ?? '').join('');
}
