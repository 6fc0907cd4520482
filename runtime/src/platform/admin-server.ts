import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Registry } from 'prom-client';
import { HEALTH_PATH, METRICS_PATH, READY_PATH } from '../../../lib/contract/paths';
import { pathOf, send, sendJson } from './http';
import { listen, type ListenAddress } from './listen';

export interface AdminServerOptions {
  readonly address: ListenAddress;
  readonly metrics: Registry;
  /** Why the program cannot serve now, or undefined when it can. */
  readonly notReadyReason: () => string | undefined;
}

/** Health, readiness and metrics, on a port of their own (contract: "administration, on every program"). */
export async function startAdminServer(options: AdminServerOptions): Promise<Server> {
  const server = createServer((request, response) => {
    void handle(options, request, response);
  });
  await listen(server, options.address);
  return server;
}

async function handle(options: AdminServerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return sendJson(response, 405, { error: 'only GET is served here' }, { allow: 'GET, HEAD' });
  }
  switch (pathOf(request)) {
    case HEALTH_PATH:
      return sendJson(response, 200, { status: 'alive' });
    case READY_PATH:
      return sendReadiness(response, options.notReadyReason());
    case METRICS_PATH:
      return send(response, 200, options.metrics.contentType, await options.metrics.metrics());
    default:
      return sendJson(response, 404, { error: `serves ${HEALTH_PATH}, ${READY_PATH} and ${METRICS_PATH}` });
  }
}

function sendReadiness(response: ServerResponse, notReadyReason: string | undefined): void {
  if (notReadyReason === undefined) {
    sendJson(response, 200, { status: 'ready' });
  } else {
    sendJson(response, 503, { status: 'not ready', reason: notReadyReason });
  }
}
