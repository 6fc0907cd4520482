import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import type { JWTPayload } from 'jose';
import { pino } from 'pino';
import { vi } from 'vitest';
import { gatewayConfigSchema, type GatewayConfig, type GatewayConfigInput } from '../../../../lib/contract/gateway-config';
import { serverRoute } from '../../../../lib/contract/paths';
import { startIssuer, type TestIssuer } from '../../auth/testing/issuer';
import { newSessionKeySet } from '../../auth/session-keys';
import { AddressMap } from '../../platform/address-map';
import { RawClient } from '../../testing/raw-client';
import type { AuditRecord } from '../audit-log';
import { startGateway, type RunningGateway } from '../gateway';

export const PUBLIC_URL = 'https://mcp.example.com';

export interface TestFleetOptions {
  /** Cedar text. */
  readonly policy: string;
  /** URL of each server by name. */
  readonly servers: Readonly<Record<string, string>>;
  readonly config?: Partial<GatewayConfigInput>;
}

/** A gateway in this process with a real issuer, and what it logs and records. */
export class TestFleet {
  private readonly directory = mkdtempSync(join(tmpdir(), 'gateway-'));
  private readonly logLines = new Lines();
  private readonly auditLines = new Lines();
  private readonly gateways: RunningGateway[] = [];

  constructor(readonly issuer: TestIssuer) {}

  get gateway(): RunningGateway {
    return this.gateways[0]!;
  }

  get log(): readonly Record<string, unknown>[] {
    return this.logLines.objects();
  }

  get audit(): readonly AuditRecord[] {
    return this.auditLines.objects();
  }

  /** All audit records as they were written. */
  auditText(): string {
    return this.auditLines.text;
  }

  /** A token for the whole fleet, of `alice` unless the claims say otherwise. */
  token(claims: JWTPayload = {}): Promise<string> {
    return this.issuer.sign({ aud: PUBLIC_URL, ...claims });
  }

  /** A client of one server's route, or with a path of its own of any. */
  async client(serverOrPath: string, claims?: JWTPayload): Promise<RawClient> {
    const path = serverOrPath.startsWith('/') ? serverOrPath : serverRoute(serverOrPath);
    return new RawClient(this.gateway.url + path, { authorization: `Bearer ${await this.token(claims)}` });
  }

  /** Value of a series, such as `mcp_gateway_auth_total{outcome="ok"}`. */
  async metric(series: string): Promise<number | undefined> {
    const text = await (await fetch(`${this.gateway.adminUrl}/metrics`)).text();
    const line = text.split('\n').find((candidate) => candidate.startsWith(`${series} `));
    return line === undefined ? undefined : Number(line.slice(series.length + 1));
  }

  /** Starts a replica of the gateway: all have the same configuration and keys. */
  async startReplica(options: TestFleetOptions): Promise<RunningGateway> {
    const running = await startGateway(this.config(options), {
      logger: pino({ level: 'debug' }, this.logLines), addressMap: AddressMap.empty(), auditStream: this.auditLines,
    });
    // A test may stop it before the fleet is stopped.
    let stopping: Promise<void> | undefined;
    const gateway = { ...running, stop: () => stopping ??= running.stop() };
    this.gateways.push(gateway);
    return gateway;
  }

  async stop(): Promise<void> {
    await Promise.all(this.gateways.map((gateway) => gateway.stop()));
    await this.issuer.stop();
    rmSync(this.directory, { recursive: true });
  }

  private config({ policy, servers, config = {} }: TestFleetOptions): GatewayConfig {
    const sessionKeysFile = join(this.directory, 'keys.json');
    if (!existsSync(sessionKeysFile)) {
      writeFileSync(sessionKeysFile, JSON.stringify(newSessionKeySet()));
    }
    writeFileSync(join(this.directory, 'test.cedar'), policy);
    return gatewayConfigSchema.parse({
      listen: '127.0.0.1:0',
      admin: '127.0.0.1:0',
      publicUrl: PUBLIC_URL,
      authentication: { issuers: [{ issuer: this.issuer.issuer }] },
      policy: { directory: this.directory },
      sessionKeysFile,
      servers: Object.entries(servers).map(([name, url]) => ({ name, url, namespace: 'core', tier: 'core' })),
      ...config,
      limits: { drainSeconds: 1, ...config.limits },
    });
  }
}

/** Whoever starts it stops it, unless this fails. */
export async function startTestFleet(options: TestFleetOptions): Promise<TestFleet> {
  const fleet = new TestFleet(await startIssuer());
  try {
    await fleet.startReplica(options);
    return fleet;
  } catch (error) {
    await fleet.stop();
    throw error;
  }
}

/** The last audit record that satisfies a condition, once it has been written. */
export function auditRecord(fleet: TestFleet, condition: (record: AuditRecord) => boolean): Promise<AuditRecord> {
  return vi.waitFor(() => {
    const record = fleet.audit.findLast(condition);
    if (record === undefined) {
      throw new Error(`no such audit record among: ${fleet.auditText()}`);
    }
    return record;
  });
}

/** Keeps what is written to it, line by line. */
class Lines extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }

  objects<T>(): T[] {
    return this.text.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as T);
  }
}
