import { strict as assert } from 'node:assert';
import { CallBody } from './call-body';
import { headerOf, HttpConnection, type Answer } from './http-connection';

const REVISION = '2025-11-25';
const JSON_TYPE = 'application/json';
const EVENTS_TYPE = 'text/event-stream';

/** How an answer comes. */
export type Format = 'json' | 'sse';

export interface Target {
  readonly url: URL;
  readonly headers: Record<string, string>;
  /** Whether the target keeps MCP sessions; the bare server does not. */
  readonly hasSessions: boolean;
}

/** What is called and how. */
export interface CallOptions {
  /** Of the body of a request. */
  readonly bytes: number;
  /** What the answers must be. */
  readonly format: Format;
  /** Whether nothing else is accepted. Real clients accept both. */
  readonly isForced: boolean;
}

let callers = 0;

/** One client with a session and, while it calls, a connection of its own, which calls a tool again and again. */
export class Caller {
  /** Opens a session where there are such. */
  static async connect(target: Target): Promise<Caller> {
    const caller = new Caller(target);
    if (target.hasSessions) {
      caller.connection = await HttpConnection.open(target.url);
      await caller.initialize();
    }
    return caller;
  }

  /** From the start of a session until its first call is answered, in milliseconds. Connections are open before. */
  static async start(target: Target, options: CallOptions): Promise<{ readonly caller: Caller; readonly ms: number }> {
    const caller = new Caller(target);
    caller.connection = await HttpConnection.open(target.url);
    const begun = performance.now();
    await caller.initialize();
    caller.prepare(options);
    await caller.call();
    return { caller, ms: performance.now() - begun };
  }

  private readonly name = `caller ${++callers}`;
  private session: string | undefined;
  private connection: HttpConnection | undefined;
  private calls = 0;
  private body!: CallBody;
  private head = '';

  private constructor(private readonly target: Target) {}

  /**
   * Says what will be called, and calls once. The connection is a new one: an older one has been idle, and its end may
   * be on its way.
   */
  async begin(options: CallOptions): Promise<void> {
    this.prepare(options);
    this.connection?.close();
    this.connection = await HttpConnection.open(this.target.url);
    const { head } = await this.call();
    const type = headerOf(head, 'content-type');
    assert.equal(type?.split(';')[0], options.format === 'sse' ? EVENTS_TYPE : JSON_TYPE);
  }

  /** Calls until the time is over. Every answer is checked. Returns the latencies in milliseconds. */
  async callUntil(end: () => number): Promise<number[]> {
    const latencies: number[] = [];
    let begun = performance.now();
    while (begun < end()) {
      await this.call();
      const now = performance.now();
      latencies.push(now - begun);
      begun = now;
    }
    return latencies;
  }

  /** So many calls, one after the other. */
  async callTimes(count: number): Promise<number[]> {
    let left = count;
    return this.callUntil(() => left-- > 0 ? Infinity : -Infinity);
  }

  /** Closes the connection. The session stays open. */
  rest(): void {
    this.connection?.close();
    this.connection = undefined;
  }

  private async initialize(): Promise<void> {
    this.head = this.headOf();
    const answer = await this.post(JSON.stringify({
      method: 'initialize',
      params: { protocolVersion: REVISION, capabilities: {}, clientInfo: { name: 'bench', version: '1' } },
      jsonrpc: '2.0', id: 0,
    }));
    this.session = headerOf(answer.head, 'mcp-session-id');
    assert.ok(answer.status === 200 && this.session !== undefined, `${answer.head}\n${answer.body.toString()}`);
    this.head = this.headOf();
    const { status } = await this.post('{"method":"notifications/initialized","jsonrpc":"2.0"}');
    assert.ok(status === 202 || status === 200, `notifications/initialized: ${status}`);
  }

  private prepare({ bytes, isForced }: CallOptions): void {
    this.body = new CallBody(bytes, this.name);
    this.head = this.headOf(isForced ? EVENTS_TYPE : undefined);
  }

  private post(body: string): Promise<Answer> {
    return this.connection!.request(`${this.head}${Buffer.byteLength(body)}\r\n\r\n`, [body]);
  }

  private async call(): Promise<Answer> {
    const id = ++this.calls;
    const { parts, length } = this.body.parts(id);
    const answer = await this.connection!.request(`${this.head}${length}\r\n\r\n`, parts);
    const { status, head, body } = answer;
    if (status !== 200 || !this.body.isAnsweredBy(body, id)) {
      throw new Error(`call ${id} of ${this.name} was answered wrongly:\n${head}\n\n${body.toString().slice(0, 1000)}`);
    }
    return answer;
  }

  /** All of a request's head but the length of its body. */
  private headOf(accept = `${JSON_TYPE}, ${EVENTS_TYPE}`): string {
    const { url, headers } = this.target;
    const all = {
      host: url.host, 'content-type': JSON_TYPE, accept, 'mcp-protocol-version': REVISION, ...headers,
      ...this.session === undefined ? {} : { 'mcp-session-id': this.session },
    };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
    return `POST ${url.pathname} HTTP/1.1\r\n${lines.join('')}content-length: `;
  }
}
