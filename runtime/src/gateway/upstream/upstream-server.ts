import { isIP } from 'node:net';
import { LRUCache } from 'lru-cache';
import { Pool, errors, type Dispatcher } from 'undici';
import type { AssertionSigner } from '../../auth/assertions/assertion-signer';
import type { Principal } from '../../auth/principal';
import type { AddressMap } from '../../platform/address-map';
import type { Logger } from '../../platform/logger';
import { Endpoints } from './endpoints';

const CONNECT_TIMEOUT_MS = 3000;

/** Connections to one replica at most. Every open stream needs one; beyond, requests wait. */
const MAX_CONNECTIONS = 1024;

/** Replicas whose connections are kept at once; those of pods that are gone fall out. */
const MAX_REPLICAS = 256;

/** A replica that could not be reached is asked last for so long. */
const AVOID_MS = 5000;

export interface UpstreamRequest {
  readonly method: 'POST' | 'GET' | 'DELETE';
  /** Pairs in a flat list, without Host. */
  readonly headers: readonly string[];
  readonly body?: Buffer | string;
}

/** Takes an answer as it comes. After `failed` or `end` nothing more comes. */
export interface AnswerReceiver {
  /** The request goes onto the wire; `controller` pauses, resumes and aborts the answer. */
  start(controller: Dispatcher.DispatchController): void;
  head(status: number, headers: Readonly<Record<string, string | string[] | undefined>>): void;
  data(chunk: Buffer): void;
  end(): void;
  failed(error: Error): void;
}

interface Replica {
  readonly pool: Pool;
  /** Requests without a complete answer. */
  outstanding: number;
  /** Milliseconds since the epoch. */
  avoidUntil: number;
}

export interface UpstreamServerOptions {
  readonly name: string;
  /** Of its MCP endpoint. */
  readonly url: string;
  readonly addressMap: AddressMap;
  readonly logger: Logger;
  /** Absent for a server that is not told who calls. */
  readonly signer?: AssertionSigner;
}

/** One MCP server and its replicas, reached over kept connections. */
export class UpstreamServer {
  readonly name: string;
  private readonly url: URL;
  private readonly endpoints: Endpoints;
  private readonly replicas = new LRUCache<string, Replica>({
    max: MAX_REPLICAS,
    // Requests in flight still finish.
    dispose: ({ pool }) => void pool.close(),
  });

  private readonly logger: Logger;
  private readonly signer?: AssertionSigner;

  constructor({ name, url, addressMap, logger, signer }: UpstreamServerOptions) {
    this.name = name;
    this.url = new URL(url);
    this.endpoints = new Endpoints(this.url, addressMap, logger);
    this.logger = logger;
    this.signer = signer;
  }

  /** What proves to the server who calls; undefined where it does not ask. */
  assertionOf(caller: Principal): string | undefined | Promise<string> {
    return this.signer?.sign(caller, this.name);
  }

  /**
   * Where a new session could live, best first: the fewest outstanding requests, by chance among equals,
   * so that sessions spread over the replicas of an idle server too.
   */
  async candidates(): Promise<string[]> {
    const ranked = (await this.endpoints.find()).map((endpoint) => {
      const replica = this.replicas.get(endpoint);
      const avoid = (replica?.avoidUntil ?? 0) > Date.now();
      return { endpoint, avoid, outstanding: replica?.outstanding ?? 0, chance: Math.random() };
    });
    ranked.sort((a, b) => Number(a.avoid) - Number(b.avoid) || a.outstanding - b.outstanding || a.chance - b.chance);
    return ranked.map(({ endpoint }) => endpoint);
  }

  /** Whether the server lives elsewhere now: a pod has been replaced. */
  async hasMoved(endpoint: string): Promise<boolean> {
    const endpoints = await this.endpoints.find();
    return endpoints.length > 0 && !endpoints.includes(endpoint);
  }

  /** Sends a request to one replica. How long to wait for the answer is the receiver's business. */
  send(endpoint: string, { method, headers, body }: UpstreamRequest, receiver: AnswerReceiver): void {
    const replica = this.replica(endpoint);
    replica.outstanding++;
    replica.pool.dispatch({
      method, path: this.url.pathname + this.url.search, body,
      headers: ['host', this.url.host, ...headers],
      headersTimeout: 0, bodyTimeout: 0,
    }, {
      onRequestStart: (controller) => receiver.start(controller),
      onResponseStart: (_controller, status, responseHeaders) => {
        // 1xx say nothing that concerns the client.
        if (status >= 200) {
          receiver.head(status, responseHeaders);
        }
      },
      onResponseData: (_controller, chunk) => receiver.data(chunk),
      onResponseEnd: () => {
        replica.outstanding--;
        receiver.end();
      },
      onResponseError: (_controller, error) => {
        replica.outstanding--;
        if (isUnreachable(error)) {
          this.avoid(endpoint, replica, error);
        }
        receiver.failed(error);
      },
    });
  }

  connections(): { active: number; idle: number; waiting: number } {
    const total = { active: 0, idle: 0, waiting: 0 };
    for (const { pool } of this.replicas.values()) {
      const { running, connected, queued } = pool.stats;
      total.active += running;
      total.idle += connected - running;
      total.waiting += queued;
    }
    return total;
  }

  /** Ends all connections, and with them what is still in flight. */
  async destroy(): Promise<void> {
    await Promise.all([...this.replicas.values()].map(({ pool }) => pool.destroy()));
  }

  private avoid(endpoint: string, replica: Replica, error: Error): void {
    if (replica.avoidUntil < Date.now()) {
      this.logger.warn({ server: this.name, endpoint, reason: error.message }, 'replica cannot be reached');
    }
    replica.avoidUntil = Date.now() + AVOID_MS;
  }

  private replica(endpoint: string): Replica {
    let replica = this.replicas.get(endpoint);
    if (replica === undefined) {
      const pool = new Pool(`${this.url.protocol}//${endpoint}`, {
        connections: MAX_CONNECTIONS,
        // The certificate is that of the server's name, not of a pod's address. Addresses are no server names.
        connect: { timeout: CONNECT_TIMEOUT_MS, servername: isIP(this.url.hostname) ? undefined : this.url.hostname },
      });
      replica = { pool, outstanding: 0, avoidUntil: 0 };
      this.replicas.set(endpoint, replica);
    }
    return replica;
  }
}

/** Whether no connection came about: the request was never sent and may be sent elsewhere. */
export function isUnreachable(error: NodeJS.ErrnoException): boolean {
  // An AggregateError stands for all addresses of a name.
  return error.syscall === 'connect' || error instanceof errors.ConnectTimeoutError || error instanceof AggregateError;
}
