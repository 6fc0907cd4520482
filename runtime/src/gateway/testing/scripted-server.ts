import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { JsonRpcId } from '../../mcp/json-rpc';
import { readBody, sendJson } from '../../platform/http';
import { listen } from '../../platform/listen';

export interface ReceivedRequest {
  readonly request: IncomingMessage;
  readonly body: string;
  readonly response: ServerResponse;
  /** Of the message in the body. */
  readonly id?: JsonRpcId;
  readonly method?: string;
}

/** What a scripted server does with a request; false leaves it to the server, which then behaves well. */
export type Script = (received: ReceivedRequest) => unknown;

export interface ScriptedServer {
  readonly url: string;
  readonly received: ReceivedRequest[];
  /** What it does from now on. */
  script: Script;
  stop(): Promise<void>;
}

/** An MCP server over HTTP on a real socket that answers as the test wants, for what no well-made server does. */
export async function startScriptedServer(script: Script = () => false): Promise<ScriptedServer> {
  const received: ReceivedRequest[] = [];
  const server = createServer((request, response) => {
    void readBody(request, Infinity).then(async (bytes) => {
      const body = bytes.toString();
      const { id, method } = JSON.parse(body === '' ? '{}' : body) as { id?: JsonRpcId; method?: string };
      const all = { request, body, response, id, method };
      received.push(all);
      if (await scripted.script(all) === false) {
        behave(all);
      }
    });
  });
  const url = await listen(server, { host: '127.0.0.1', port: 0 });
  const scripted: ScriptedServer = {
    url: `${url}/mcp`, received, script,
    stop: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
  return scripted;
}

function behave({ id, method, request, response }: ReceivedRequest): void {
  if (method === 'initialize') {
    const result = {
      protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo: { name: 'scripted', version: '1' },
    };
    sendJson(response, 200, { jsonrpc: '2.0', id, result }, { 'mcp-session-id': 'upstream-session' });
  } else if (id === undefined) {
    response.writeHead(request.method === 'POST' ? 202 : 200).end();
  } else {
    sendJson(response, 200, { jsonrpc: '2.0', id, result: {} });
  }
}
