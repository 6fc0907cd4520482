import { describe, expect, it } from 'vitest';
import { headersToClient, headersToServer } from './upstream-headers';

describe('headersToServer', () => {
  it('lets through what MCP needs, and nothing else', () => {
    expect(headersToServer({
      'authorization': 'Bearer secret', 'cookie': 'a=b', 'x-forwarded-for': '10.0.0.1', 'host': 'mcp.example.com',
      'mcp-session-id': 'the client\'s', 'content-type': 'application/json', 'accept': 'text/event-stream',
      'mcp-protocol-version': '2025-06-18', 'last-event-id': '7', 'traceparent': '00-1-2-01', 'tracestate': 'a=1',
    }, { id: 'the server\'s' })).toEqual([
      'content-type', 'application/json', 'accept', 'text/event-stream', 'mcp-protocol-version', '2025-06-18',
      'last-event-id', '7', 'traceparent', '00-1-2-01', 'tracestate', 'a=1', 'mcp-session-id', 'the server\'s',
    ]);
  });

  it('names the revision that the server negotiated where it is another', () => {
    expect(headersToServer({ 'mcp-protocol-version': '2025-11-25' }, { revision: '2025-03-26' }))
      .toEqual(['mcp-protocol-version', '2025-03-26']);
  });
});

describe('headersToClient', () => {
  it('lets through what clients need, and nothing else', () => {
    expect(headersToClient({
      'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no', 'allow': 'POST',
      'mcp-session-id': 'the server\'s', 'set-cookie': ['a=b'], 'server': 'x', 'www-authenticate': 'Bearer',
      'transfer-encoding': 'chunked', 'content-length': '7', 'access-control-allow-origin': '*',
    })).toEqual({
      'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no', 'allow': 'POST',
    });
  });
});
