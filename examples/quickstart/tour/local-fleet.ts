import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const CLI = join(import.meta.dirname, '..', '..', '..', 'bin', 'cdk8s-mcp.mjs');
const READY_WITHIN_MS = 90_000;

/** What `cdk8s-mcp up` writes about the fleet that it runs. */
export interface FleetDescription {
  readonly url: string;
  readonly issuer: string;
  /** Process id of `up`. */
  readonly pid: number;
  readonly gateway: { readonly admin: string };
  readonly auditLog: string;
}

export interface TokenOptions {
  readonly user: string;
  readonly groups: string[];
  /** Lifetime; a negative one makes an expired token. */
  readonly ttlSeconds?: number;
  /** What the token is for; the whole fleet unless it is said. */
  readonly audience?: string;
}

/** A fleet of local processes, run by `cdk8s-mcp up` from synthesized manifests. */
export class LocalFleet {
  static async start(manifests: string, print: (text: string) => void): Promise<LocalFleet> {
    const stateDirectory = mkdtempSync(join(tmpdir(), 'cdk8s-mcp-quickstart-'));
    const up = spawn(process.execPath, [CLI, 'up', manifests, '--quiet', '--state-dir', stateDirectory], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    up.stdout.setEncoding('utf8').on('data', print);
    // Its log is of interest only when it fails.
    const log: string[] = [];
    up.stderr.setEncoding('utf8').on('data', (text: string) => log.push(text));
    const fleet = new LocalFleet(up, stateDirectory);
    try {
      await fleet.untilReady();
    } catch (error) {
      await fleet.stop();
      throw new Error(`${(error as Error).message}\n${log.join('')}`, { cause: error });
    }
    return fleet;
  }

  private constructor(private readonly up: ChildProcess, private readonly stateDirectory: string) {}

  get description(): FleetDescription {
    return JSON.parse(readFileSync(this.descriptionFile, 'utf8')) as FleetDescription;
  }

  /** An access token, from the development identity provider. */
  token({ user, groups, ttlSeconds = 3600, audience }: TokenOptions): string {
    return execFileSync(process.execPath, [
      CLI, 'token', '--state-dir', this.stateDirectory, '--sub', user, '--ttl', String(ttlSeconds),
      ...groups.flatMap((group) => ['--group', group]),
      ...(audience === undefined ? [] : ['--audience', audience]),
    ], { encoding: 'utf8' }).trim();
  }

  /** Resolves when it has ended, by whomever. */
  async ended(): Promise<void> {
    if (this.up.exitCode === null && this.up.signalCode === null) {
      await once(this.up, 'exit');
    }
  }

  async stop(): Promise<void> {
    this.up.kill('SIGTERM');
    await this.ended();
    rmSync(this.stateDirectory, { recursive: true, force: true });
  }

  private get descriptionFile(): string {
    return join(this.stateDirectory, 'fleet.json');
  }

  /** `up` writes the description when the fleet can be used. */
  private async untilReady(): Promise<void> {
    const deadline = Date.now() + READY_WITHIN_MS;
    while (!existsSync(this.descriptionFile)) {
      if (this.up.exitCode !== null) {
        throw new Error(`cdk8s-mcp up ended with ${this.up.exitCode}`);
      }
      if (Date.now() > deadline) {
        throw new Error(`the fleet was not ready within ${READY_WITHIN_MS / 1000} s`);
      }
      await delay(50);
    }
  }
}
