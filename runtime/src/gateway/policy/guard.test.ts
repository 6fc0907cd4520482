import { describe, expect, it } from 'vitest';
import { Refusal } from '../refusal';
import { questionOf, unknownTarget } from './guard';

const ask = (method: string, params?: Record<string, unknown>) =>
  questionOf({ jsonrpc: '2.0', id: 1, method, params });

function refusalOf(step: () => unknown): Refusal {
  try {
    step();
  } catch (error) {
    if (error instanceof Refusal) {
      return error;
    }
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('questionOf', () => {
  it.each([
    ['initialize'], ['ping'], ['logging/setLevel'],
    ['tools/list'], ['prompts/list'], ['resources/list'], ['resources/templates/list'],
  ])('%s asks whether the server may be seen', (method) => {
    expect(ask(method, { name: 'ignored' })).toEqual({ action: 'discover' });
  });

  it.each([
    ['tools/call', { name: 'echo' }, { action: 'tools/call', target: 'echo' }],
    ['prompts/get', { name: 'greet' }, { action: 'prompts/get', target: 'greet' }],
    ['resources/read', { uri: 'test://a' }, { action: 'resources/read', target: 'test://a' }],
    ['resources/subscribe', { uri: 'test://a' }, { action: 'resources/read', target: 'test://a' }],
    ['resources/unsubscribe', { uri: 'test://a' }, { action: 'resources/read', target: 'test://a' }],
    ['completion/complete', { ref: { type: 'ref/prompt', name: 'greet' } }, { action: 'prompts/get', target: 'greet' }],
    ['completion/complete', { ref: { type: 'ref/resource', uri: 'test://{x}' } },
      { action: 'resources/read', target: 'test://{x}' }],
  ])('%s of %j asks about its target', (method, params, question) => {
    expect(ask(method, params)).toEqual(question);
  });

  it.each([
    ['tools/call', undefined, 'tools/call does not name its tool'],
    ['tools/call', { name: 7 }, 'tools/call does not name its tool'],
    ['prompts/get', { uri: 'x' }, 'prompts/get does not name its prompt'],
    ['resources/read', {}, 'resources/read does not name its resource'],
    ['completion/complete', { ref: null }, 'completion/complete does not name its prompt'],
  ])('refuses %s with %j', (method, params, message) => {
    const refusal = refusalOf(() => ask(method, params));
    expect(refusal.message).toBe(message);
    expect(refusal.options).toEqual({ status: 200, code: -32602 });
  });

  it.each(['tools/delete', 'tasks/get', 'server/discover', '', 'toString'])('does not know %s', (method) => {
    expect(refusalOf(() => ask(method)).options).toEqual({ status: 200, code: -32601 });
  });
});

describe('unknownTarget', () => {
  it.each([
    ['tools/call', 'Unknown tool: x'], ['prompts/get', 'Unknown prompt: x'], ['resources/read', 'Unknown resource: x'],
  ] as const)('says of %s no more than that it is unknown', (action, message) => {
    const refusal = unknownTarget({ action, target: 'x' });
    expect(refusal.message).toBe(message);
    expect(refusal.options).toMatchObject({ status: 200, code: -32602 });
  });
});
