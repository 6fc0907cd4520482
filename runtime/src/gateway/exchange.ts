import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Caller } from '../auth/caller';
import { JSON_TYPE } from '../mcp/headers';
import { errorResponse, type JsonRpcId } from '../mcp/json-rpc';
import { pathOf } from '../platform/http';
import type { Decision } from '../policy/policy-engine';
import type { AuditRecord } from './audit-log';
import { OUTCOME } from './outcome';
import type { Question } from './policy/guard';
import type { Refusal } from './refusal';

const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}/;

/** Names that clients make up are cut off here in audit records. */
const LONGEST_NAME = 1000;

/** One request on its way through the gateway, and what audit and metrics will say of it. */
export class Exchange {
  readonly path: string;
  /** MCP method, once it is known. */
  method: string;
  messageId: JsonRpcId | null = null;
  caller?: Caller;
  client?: string;
  server?: string;
  target?: string;
  /** What policy was asked last, and its answer. */
  decision?: Decision & Pick<Question, 'action'>;
  outcome: string = OUTCOME.OK;
  /** What went wrong, for the log; clients are told less. */
  problem?: string;
  /** W3C Trace Context that the request came with. */
  traceparent: unknown;
  bytesIn = 0;
  private bytesOut = 0;
  private readonly time = Date.now();
  private readonly arrivedAt = performance.now();
  private waitedForBodyMs = 0;
  private routedAt?: number;

  constructor(readonly request: IncomingMessage, readonly response: ServerResponse) {
    this.path = pathOf(request);
    this.method = request.method ?? '';
    this.traceparent = request.headers.traceparent;
  }

  /** Time since the request arrived. */
  get durationMs(): number {
    return performance.now() - this.arrivedAt;
  }

  /** The gateway's own share of it: until the request is handed on or answered, without the client's own slowness. */
  get routingMs(): number {
    return (this.routedAt ?? performance.now()) - this.arrivedAt - this.waitedForBodyMs;
  }

  /** Notes what policy was asked about the request, and its answer. */
  decided({ action, target }: Question, decision: Decision): void {
    this.decision = { ...decision, action };
    this.target = target;
  }

  /** Waits for what the client still has to send. */
  async receive(body: Promise<Buffer>): Promise<Buffer> {
    const before = performance.now();
    const bytes = await body;
    this.waitedForBodyMs = performance.now() - before;
    this.bytesIn = bytes.length;
    return bytes;
  }

  /** The request goes to a server now: from here on it is not the gateway that takes time. */
  handOn(): void {
    this.routedAt ??= performance.now();
  }

  /** Sends part of a body. @returns false when the client is slower than what is sent, until `drain` */
  write(chunk: Buffer | string): boolean {
    this.bytesOut += Buffer.byteLength(chunk);
    return this.response.write(chunk);
  }

  /** Sends the last part of a body. */
  end(chunk: Buffer | string): void {
    this.bytesOut += Buffer.byteLength(chunk);
    this.response.end(chunk);
  }

  /** Answers a message that wants no response. */
  accept(): void {
    this.handOn();
    this.response.writeHead(202, { 'content-length': 0 }).end();
  }

  sendResult(result: object, headers: Record<string, string> = {}): void {
    this.sendJson(200, { jsonrpc: '2.0', id: this.messageId, result }, headers);
  }

  sendJson(status: number, body: unknown, headers: Record<string, string> = {}): void {
    this.send(status, JSON.stringify(body), headers);
  }

  send(status: number, json: string, headers: Record<string, string> = {}): void {
    this.handOn();
    this.response.writeHead(status, {
      'content-type': JSON_TYPE, 'content-length': Buffer.byteLength(json), ...headers,
    });
    this.end(json);
  }

  refuse(refusal: Refusal): void {
    const { status, code, data, headers } = refusal.options;
    this.outcome = refusal.outcome;
    this.sendJson(status, errorResponse(this.messageId, code, refusal.message, data), headers);
  }

  auditRecord(): AuditRecord {
    const { caller, decision } = this;
    return {
      time: new Date(this.time).toISOString(),
      id: randomUUID(),
      trace_id: traceId(this.traceparent),
      principal: caller === undefined
        ? null : { issuer: caller.issuer, subject: caller.subject, groups: caller.groups },
      client: this.client ?? null,
      method: this.method.slice(0, LONGEST_NAME),
      server: this.server ?? null,
      target: this.target?.slice(0, LONGEST_NAME) ?? null,
      decision: decision === undefined
        ? null : { outcome: decision.allowed ? 'allow' : 'deny', policies: decision.policies },
      outcome: this.outcome,
      duration_ms: Math.round(this.durationMs * 1000) / 1000,
      bytes_in: this.bytesIn,
      bytes_out: this.bytesOut,
    };
  }
}

/** Of version, trace id, parent id and flags. */
function traceId(traceparent: unknown): string | null {
  const match = typeof traceparent === 'string' ? TRACEPARENT.exec(traceparent) : null;
  return match?.[1] ?? null;
}
