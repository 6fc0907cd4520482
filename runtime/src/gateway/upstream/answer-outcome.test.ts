import { describe, expect, it } from 'vitest';
import { outcomeOf } from './answer-outcome';

describe('outcomeOf', () => {
  it.each([
    ['a result', { id: 1, result: { content: [] } }, 'ok'],
    ['a result that only speaks of errors', { id: 1, result: { structuredContent: { error: 'x', isError: true } } }, 'ok'],
    ['a result that says it is none', { id: 1, result: { isError: false } }, 'ok'],
    ['a tool that failed', { id: 1, result: { content: [], isError: true } }, 'tool_error'],
    ['an error', { id: 1, error: { code: -32602, message: 'no' } }, '-32602'],
    ['a notification', { method: 'notifications/progress', params: {} }, undefined],
    ['a request of the server', { id: 1, method: 'ping' }, undefined],
  ])('of %s', (_what, message, outcome) => {
    const text = JSON.stringify({ jsonrpc: '2.0', ...message });
    expect(outcomeOf(text)).toBe(outcome);
    expect(outcomeOf(Buffer.from(text))).toBe(outcome);
  });

  it('is not known of what is no JSON', () => {
    expect(outcomeOf('{"error":')).toBeUndefined();
  });
});
