import { describe, expect, it } from 'vitest';
import type { JsonRpcRequest } from '../mcp/json-rpc';
import { areSchemasMissing, faultsOf } from '../testing/protocol-schemas';
import { isQuestionMethod, isValidAnswer, toLegacyQuestionParams, toModernQuestion } from './questions';

function question(method: string, params?: Record<string, unknown>): JsonRpcRequest {
  return { jsonrpc: '2.0', id: 7, method, ...(params && { params }) };
}

describe('toModernQuestion', () => {
  it('keeps what is asked and drops what belongs to the session', () => {
    expect(toModernQuestion(question('elicitation/create', {
      mode: 'url', url: 'https://a.test/', message: 'Visit', elicitationId: 'e1', task: { ttl: 1 },
      _meta: { progressToken: 1, 'io.modelcontextprotocol/related-task': { taskId: 't' }, 'a.test/kept': 1 },
    }))).toEqual({
      method: 'elicitation/create',
      params: { mode: 'url', url: 'https://a.test/', message: 'Visit', _meta: { 'a.test/kept': 1 } },
    });
  });

  it('drops a _meta of which nothing is left', () => {
    expect(toModernQuestion(question('roots/list', { _meta: { progressToken: 1 } })))
      .toEqual({ method: 'roots/list', params: {} });
  });

  it('does without params', () => {
    expect(toModernQuestion(question('roots/list'))).toEqual({ method: 'roots/list' });
  });
});

describe('toLegacyQuestionParams', () => {
  const mint = () => 'minted';

  it('gives an elicitation by URL an id', () => {
    const params = { mode: 'url', url: 'https://a.test/', message: 'Visit' };
    expect(toLegacyQuestionParams({ method: 'elicitation/create', params }, mint))
      .toEqual({ ...params, elicitationId: 'minted' });
  });

  it.each([
    [{ method: 'elicitation/create', params: { message: 'Name?' } }, { message: 'Name?' }],
    [{ method: 'sampling/createMessage', params: { mode: 'url' } }, { mode: 'url' }],
    [{ method: 'roots/list' }, {}], [{ method: 'roots/list', params: null }, {}], [{}, {}],
  ])('leaves %j otherwise as it is', (inputRequest, params) => {
    expect(toLegacyQuestionParams(inputRequest, mint)).toEqual(params);
  });
});

describe('isValidAnswer', () => {
  it.each([
    ['elicitation/create', { action: 'accept', content: { name: 'x' } }],
    ['elicitation/create', { action: 'accept' }], ['elicitation/create', { action: 'decline' }],
    ['elicitation/create', { action: 'cancel' }],
    ['sampling/createMessage', { role: 'assistant', content: { type: 'text', text: 'x' }, model: 'm' }],
    ['sampling/createMessage', { role: 'user', content: [{ type: 'tool_result' }], model: 'm' }],
    ['roots/list', { roots: [] }], ['roots/list', { roots: [{ uri: 'file:///a' }] }],
  ])('accepts of %s the answer %j', (method, answer) => {
    expect(isValidAnswer(method, answer)).toBe(true);
  });

  it.each([
    ['elicitation/create', { action: 'maybe' }], ['elicitation/create', { content: {} }],
    ['elicitation/create', { action: 'accept', content: 'x' }], ['elicitation/create', { action: 'accept', content: [] }],
    ['sampling/createMessage', { role: 'assistant', content: { type: 'text' } }],
    ['sampling/createMessage', { role: 'assistant', content: 'x', model: 'm' }],
    ['sampling/createMessage', { role: 'assistant', content: [{ type: 'text' }, 'x'], model: 'm' }],
    ['sampling/createMessage', { role: 'system', content: { type: 'text' }, model: 'm' }],
    ['roots/list', {}], ['roots/list', { roots: [null] }], ['roots/list', { roots: ['file:///a'] }],
    ['ping', {}], ['__proto__', {}], ['elicitation/create', null], ['roots/list', []], ['roots/list', undefined],
  ])('refuses of %s the answer %j', (method, answer) => {
    expect(isValidAnswer(method, answer)).toBe(false);
  });
});

describe('isQuestionMethod', () => {
  it('knows the three questions', () => {
    expect(['elicitation/create', 'sampling/createMessage', 'roots/list'].every(isQuestionMethod)).toBe(true);
    expect(['ping', 'tools/call', 'constructor', ''].some(isQuestionMethod)).toBe(false);
  });
});

describe.skipIf(areSchemasMissing)('by the schemas', () => {
  it.each<[string, string, Record<string, unknown>]>([
    ['elicitation/create', 'ElicitRequest',
      { mode: 'url', url: 'https://a.test/', message: 'Visit', elicitationId: 'e1' }],
    ['elicitation/create', 'ElicitRequest',
      { message: 'Name?', requestedSchema: { type: 'object', properties: { name: { type: 'string' } } } }],
    ['sampling/createMessage', 'CreateMessageRequest',
      { messages: [{ role: 'user', content: { type: 'text', text: 'x' } }], maxTokens: 5, task: { ttl: 1 } }],
    ['roots/list', 'ListRootsRequest', {}],
  ])('a question by %s is a %s of either era', (method, type, params) => {
    const modern = toModernQuestion(question(method, params)) as { params: Record<string, unknown> };
    expect(faultsOf('2026-07-28', 'InputRequest', modern)).toEqual([]);
    const legacy = question(method, toLegacyQuestionParams(modern, () => 'minted'));
    expect(faultsOf('2025-11-25', type, legacy)).toEqual([]);
  });

  it('an answer that is accepted is an InputResponse', () => {
    const answer = { role: 'assistant', content: { type: 'text', text: 'x' }, model: 'm' };
    expect(isValidAnswer('sampling/createMessage', answer)).toBe(true);
    expect(faultsOf('2026-07-28', 'InputResponse', answer)).toEqual([]);
  });
});
