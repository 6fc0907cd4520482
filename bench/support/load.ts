import { strict as assert } from 'node:assert';
import { Client } from 'undici';

const TEXT = 'x'.repeat(150); // about 300 bytes with the envelope
const ACCEPT = 'application/json, text/event-stream';

export interface Target {
  readonly url: URL;
  readonly headers: Record<string, string>;
  /** Whether the target keeps MCP sessions; the bare server does not. */
  readonly hasSessions: boolean;
}

/** One client with a connection and a session of its own, which calls a tool again and again. */
export class Caller {
  static async connect(target: Target): Promise<Caller> {
    const client = new Client(target.url.origin);
    const headers = { 'content-type': 'application/json', 'accept': ACCEPT, ...target.headers };
    if (!target.hasSessions) {
      return new Caller(client, target.url.pathname, headers);
    }
    const answer = await client.request({
      method: 'POST', path: target.url.pathname, headers,
      body: JSON.stringify({
        jsonrpc: '2.0', id: 0, method: 'initialize',
        params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'bench', version: '1' } },
      }),
    });
    assert.equal(answer.statusCode, 200, await answer.body.text());
    const session = answer.headers['mcp-session-id'] as string;
    return new Caller(client, target.url.pathname, { ...headers, 'mcp-session-id': session });
  }

  private calls = 0;

  private constructor(
    private readonly client: Client,
    private readonly path: string,
    private readonly headers: Record<string, string>,
  ) {}

  /** Calls until the time is over. Every answer is checked. Returns the latencies in milliseconds. */
  async callUntil(end: number): Promise<number[]> {
    const latencies: number[] = [];
    while (performance.now() < end) {
      const begun = performance.now();
      const { statusCode, body } = await this.client.request({
        method: 'POST', path: this.path, headers: this.headers,
        body: JSON.stringify({
          jsonrpc: '2.0', id: ++this.calls, method: 'tools/call', params: { name: 'echo', arguments: { text: TEXT } },
        }),
      });
      const text = await body.text();
      assert.ok(statusCode === 200 && text.includes(TEXT) && text.includes(`"id":${this.calls}`), text);
      latencies.push(performance.now() - begun);
    }
    return latencies;
  }

  async end(): Promise<void> {
    await this.client.close();
  }
}
