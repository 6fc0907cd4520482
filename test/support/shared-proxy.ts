import { join } from 'node:path';
import { pino } from 'pino';
import { ASSERTION_HEADER } from '../../lib/contract/assertions';
import { proxyConfigSchema, type ProxyConfigInput } from '../../lib/contract/proxy-config';
import type { AssertionSigner } from '../../runtime/src/auth/assertions/assertion-signer';
import { AssertionFixture } from '../../runtime/src/auth/assertions/testing/assertion-fixture';
import { startProxy, type RunningProxy } from '../../runtime/src/proxy/proxy';
import { RawClient } from '../../runtime/src/testing/raw-client';
import { ModernClient } from './modern-client';

/** Starts a server of 2026-07-28 whose calls last. */
export const SLOW_SERVER = [process.execPath, join(import.meta.dirname, 'slow-server.mjs')];

type Credentials = () => Promise<Record<string, string>>;

/** Name of the server behind every such proxy. */
const SERVER = 'fixture';

const ISSUER = 'https://issuer.example.com';

/** A proxy in this process that several tests share: each of them calls as somebody else. */
export class SharedProxy {
  /** @param isOpen whether the proxy does not check who calls */
  static async start(
    config: Partial<ProxyConfigInput> & Pick<ProxyConfigInput, 'connector'>, { isOpen = false } = {},
  ): Promise<SharedProxy> {
    const keys = await AssertionFixture.create();
    const log: string[] = [];
    const proxy = await startProxy(proxyConfigSchema.parse({
      server: SERVER, listen: '127.0.0.1:0', admin: '127.0.0.1:0',
      ...(!isOpen && { assertionKeys: keys.publicFile }),
      ...config,
      limits: { drainSeconds: 1, ...config.limits },
    }), { logger: pino({ level: 'debug' }, { write: (line: string) => void log.push(line) }) });
    return new SharedProxy(proxy, keys, await keys.signer(), log);
  }

  private callers = 0;

  private constructor(
    private readonly proxy: RunningProxy, private readonly keys: AssertionFixture,
    private readonly signer: AssertionSigner, readonly log: readonly string[],
  ) {}

  get url(): string {
    return this.proxy.url;
  }

  /** Somebody who has not called before. */
  newcomer(): string {
    return `caller-${++this.callers}`;
  }

  /** Says that it is this one who calls. */
  credentialsOf(subject: string): Credentials {
    return async () => ({ [ASSERTION_HEADER]: await this.signer.sign({ issuer: ISSUER, subject }, SERVER) });
  }

  modern(capabilities: object = {}, subject = this.newcomer()): ModernClient {
    return new ModernClient(this.url, this.credentialsOf(subject), capabilities);
  }

  /** A client that has begun a session. */
  async session(capabilities: object = {}, subject = this.newcomer()): Promise<RawClient> {
    const client = new RawClient(this.url, await this.credentialsOf(subject)());
    await client.initialize(capabilities);
    return client;
  }

  /** Processes of the server that can serve now. */
  processes(): Promise<number> {
    return this.metric(`mcp_server_processes{server="${SERVER}",state="running"}`);
  }

  /** How many calls of tools have ended. */
  toolCalls(): Promise<number> {
    return this.metric(`mcp_server_operation_duration_seconds_count{server="${SERVER}",mcp_method_name="tools/call"}`);
  }

  /** How many calls the server was told to stop that were to sleep. */
  cancellations(): number {
    return this.log.filter((line) => line.includes('sleep was cancelled')).length;
  }

  async stop(): Promise<void> {
    await this.proxy.stop();
    this.keys.remove();
  }

  private async metric(series: string): Promise<number> {
    const text = await (await fetch(`${this.proxy.adminUrl}/metrics`)).text();
    const line = text.split('\n').find((candidate) => candidate.startsWith(`${series} `));
    return Number(line?.slice(series.length + 1));
  }
}
