import type { Exchange } from '../exchange';
import { OUTCOME } from '../outcome';
import type { UpstreamSession } from '../session/session-tokens';
import { ask } from './ask';
import { requestHeaders } from './request-headers';
import type { UpstreamServer } from './upstream-server';

const PATIENCE_MS = 5000;

/**
 * Tells a server that nobody waits any more for the answer to a call that took too long (MCP, Lifecycle, Timeouts).
 * A client that went away is no reason: it may come back for the answer. Never rejects.
 */
export async function cancelIfTimedOut(
  exchange: Exchange, server: UpstreamServer, session: UpstreamSession,
): Promise<void> {
  if (exchange.outcome !== OUTCOME.TIMEOUT || exchange.messageId === null) {
    return;
  }
  const body = JSON.stringify({
    jsonrpc: '2.0', method: 'notifications/cancelled',
    params: { requestId: exchange.messageId, reason: 'no answer in time' },
  });
  try {
    const headers = await requestHeaders(exchange, server, session);
    await ask(server, session.endpoint, { method: 'POST', headers, body }, { timeoutMs: PATIENCE_MS });
  } catch {
    // The server may be what does not answer.
  }
}
