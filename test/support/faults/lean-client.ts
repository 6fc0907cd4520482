import { Pool } from 'undici';
import { HEADER, JSON_TYPE, SSE_TYPE } from '../../../runtime/src/mcp/headers';

const INITIALIZE = {
  protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'lean', version: '1' },
};

interface Answer {
  readonly status: number;
  readonly sessionId: string | undefined;
  readonly body: string;
}

/** Many sessions over few connections, at little cost. Ids stand where the tiny server looks for them. */
export class LeanClient {
  private readonly pool: Pool;
  private readonly path: string;
  private requests = 0;

  constructor(url: string, connections: number) {
    const { origin, pathname } = new URL(url);
    this.path = pathname;
    this.pool = new Pool(origin, { connections, pipelining: 1 });
  }

  /** @returns the id of a new session */
  async initialize(): Promise<string> {
    const { status, sessionId, body } = await this.send('POST', undefined, this.request('initialize', INITIALIZE));
    if (status !== 200 || sessionId === undefined) {
      throw new Error(`no session: ${status} ${body}`);
    }
    await this.send('POST', sessionId, '{"jsonrpc":"2.0","method":"notifications/initialized"}');
    return sessionId;
  }

  /** Calls a tool and gives the text of its result. */
  async call(session: string, name: string, args: object = {}): Promise<string> {
    const { status, body } = await this.send('POST', session, this.request('tools/call', { name, arguments: args }));
    const { result } = JSON.parse(body) as { result?: { content: { text: string }[] } };
    if (status !== 200 || result === undefined) {
      throw new Error(`no result: ${status} ${body}`);
    }
    return result.content.map(({ text }) => text).join('');
  }

  async end(session: string): Promise<void> {
    const { status, body } = await this.send('DELETE', session);
    if (status !== 200) {
      throw new Error(`cannot end a session: ${status} ${body}`);
    }
  }

  close(): Promise<void> {
    return this.pool.close();
  }

  private request(method: string, params: object): string {
    return JSON.stringify({ jsonrpc: '2.0', id: ++this.requests, method, params });
  }

  private async send(method: 'POST' | 'DELETE', session: string | undefined, body?: string): Promise<Answer> {
    const response = await this.pool.request({
      method, path: this.path, body,
      headers: {
        'accept': `${JSON_TYPE}, ${SSE_TYPE}`, 'content-type': JSON_TYPE,
        ...(session !== undefined && { [HEADER.SESSION_ID]: session }),
      },
    });
    const sessionId = response.headers[HEADER.SESSION_ID];
    return {
      status: response.statusCode, body: await response.body.text(),
      sessionId: typeof sessionId === 'string' ? sessionId : undefined,
    };
  }
}
