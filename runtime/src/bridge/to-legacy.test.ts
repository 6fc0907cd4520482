import { describe, expect, it } from 'vitest';
import type { JsonRpcRequest, JsonRpcResponse } from '../mcp/json-rpc';
import { areSchemasMissing, faultsOf } from '../testing/protocol-schemas';
import { LOSSES_META_KEY } from './losses';
import { META } from './request-meta';
import { initializeResult, toLegacyError, toLegacyResult, toModernRequest } from './to-legacy';
import { toLegacyRequest } from './to-modern';

const parse = (text: string) => JSON.parse(text) as JsonRpcResponse;
const resultText = (result: unknown) => JSON.stringify({ jsonrpc: '2.0', id: 1, result });

function legacyResult(method: string, text: string, isOutputWrapped?: boolean): string {
  return toLegacyResult(method, text, parse(text), isOutputWrapped);
}

describe('toLegacyResult', () => {
  it('takes what only the other era knows and leaves every other byte', () => {
    expect(legacyResult('resources/read', '{"id":1,"result":{"resultType":"complete", "contents":[1.0],"ttlMs":0,'
      + '"cacheScope":"public", "_meta":{"a.test/b":1}}}'))
      .toBe('{"id":1,"result":{"contents":[1.0],"_meta":{"a.test/b":1}}}');
  });

  it.each(['[1.0,{"a":2}]', '"text"', '12345678901234567890', 'true', 'null'])(
    'puts the output %s into an object, and says it as text', (output) => {
      expect(legacyResult('tools/call', `{"id":1,"result":{"content":[{"type":"image"}],"structuredContent":${output}}}`))
        .toBe(`{"id":1,"result":{"content":[{"type":"image"},{"type":"text","text":${JSON.stringify(output)}}],`
          + `"structuredContent":{"result":${output}}}}`);
    });

  it('says nothing twice', () => {
    const content = [{ type: 'text', text: 'two numbers' }];
    expect(parse(legacyResult('tools/call', resultText({ content, structuredContent: [1, 2] }))).result)
      .toEqual({ content, structuredContent: { result: [1, 2] } });
  });

  it('leaves an object, unless clients expect it inside another', () => {
    const text = resultText({ content: [], structuredContent: { a: 1 } });
    expect(legacyResult('tools/call', text)).toBe(text);
    expect(parse(legacyResult('tools/call', text, true)).result)
      .toEqual({ content: [], structuredContent: { result: { a: 1 } } });
  });

  it('leaves a result without an output', () => {
    const text = resultText({ content: [] });
    expect(legacyResult('tools/call', text, true)).toBe(text);
  });

  it('gives content to a result that has none', () => {
    expect(parse(legacyResult('tools/call', resultText({ structuredContent: 1, content: null }))).result)
      .toEqual({ structuredContent: { result: 1 }, content: [{ type: 'text', text: '1' }] });
  });

  it('wraps the schemas of outputs that are no objects', () => {
    const object = { name: 'object', outputSchema: { type: 'object' }, n: 1 };
    expect(parse(legacyResult('tools/list', resultText({ tools: [
      object, { name: 'list', outputSchema: { type: 'array', items: { $ref: '#' } }, title: 'x' }, { name: 'none' }, null,
    ] }))).result).toEqual({ tools: [
      object,
      {
        name: 'list', title: 'x',
        outputSchema: {
          type: 'object', properties: { result: { type: 'array', items: { $ref: '#/properties/result' } } },
          required: ['result'],
        },
      },
      { name: 'none' }, null,
    ] });
  });

  it.each([null, [], 5, {}, { tools: null }, { tools: [5] }])('leaves the result %j', (result) => {
    expect(legacyResult('tools/list', resultText(result))).toBe(resultText(result));
    expect(legacyResult('tools/call', resultText(result))).toBe(resultText(result));
  });

  it('is not hurt by results nested without end', () => {
    const endless = '['.repeat(100_000) + ']'.repeat(100_000);
    expect(legacyResult('tools/call', `{"id":1,"result":{"structuredContent":${endless}}}`)).toContain('{"result":[[');
  });
});

describe('toLegacyError', () => {
  const legacyError = (method: string, text: string) => toLegacyError(method, text, parse(text));

  it('gives a missing resource the code of the era', () => {
    expect(legacyError('resources/read', '{"id":1,"error":{"code":-32602, "message":"no","data":{"uri":"a://b"}}}'))
      .toBe('{"id":1,"error":{"code":-32002, "message":"no","data":{"uri":"a://b"}}}');
  });

  it.each([
    ['tools/call', '{"id":1,"error":{"code":-32602,"message":"no","data":{"uri":"a://b"}}}'],
    ['resources/read', '{"id":1,"error":{"code":-32602,"message":"no"}}'],
    ['resources/read', '{"id":1,"error":{"code":-32602,"message":"no","data":null}}'],
    ['resources/read', '{"id":1,"error":{"code":-32603,"message":"no","data":{"uri":"a://b"}}}'],
  ])('leaves of %s the error %s', (method, text) => {
    expect(legacyError(method, text)).toBe(text);
  });
});

describe('initializeResult', () => {
  const discover = {
    resultType: 'complete', supportedVersions: ['2026-07-28'], instructions: 'Use it well',
    capabilities: { tools: {}, extensions: { 'a/b': {} } }, ttlMs: 1, cacheScope: 'public',
    _meta: { [META.SERVER_INFO]: { name: 'fixture', version: '1.0' } },
  };

  it('says what the server said to server/discover', () => {
    expect(initializeResult(discover, '2025-06-18', 'fallback')).toEqual({
      protocolVersion: '2025-06-18', serverInfo: { name: 'fixture', version: '1.0' },
      capabilities: { tools: {} }, instructions: 'Use it well',
      _meta: { [LOSSES_META_KEY]: [{ feature: 'extensions.a/b', reason: 'other-era' }] },
    });
  });

  it.each(['2024-11-05', '2026-07-28', undefined, 5])('offers the newest revision with sessions for %j', (requested) => {
    expect(initializeResult(discover, requested, 'fallback')).toMatchObject({ protocolVersion: '2025-11-25' });
  });

  it.each([{}, { _meta: null }, { _meta: { [META.SERVER_INFO]: { name: 'x' } } }, { capabilities: [], instructions: 1 }])(
    'makes the best of %j', (result) => {
      expect(initializeResult(result, undefined, 'fallback')).toEqual({
        protocolVersion: '2025-11-25', capabilities: {}, serverInfo: { name: 'fallback', version: 'unknown' },
      });
    });
});

describe('toModernRequest', () => {
  const clientInfo = { name: 'tester', version: '1' };
  const modernRequest = (text: string, meta: Partial<Parameters<typeof toModernRequest>[2]> = {}) =>
    toModernRequest(text, JSON.parse(text) as JsonRpcRequest, { clientInfo, clientCapabilities: {}, ...meta });

  it('adds what the era wants and leaves every other byte', () => {
    expect(modernRequest('{"id":1,"method":"tools/call","params":{"name":"a", "arguments":{"n":1.0}}}', { logLevel: 'info' }))
      .toBe('{"id":1,"method":"tools/call","params":{"name":"a", "arguments":{"n":1.0},"_meta":{'
        + `"${META.PROTOCOL_VERSION}":"2026-07-28","${META.CLIENT_INFO}":{"name":"tester","version":"1"},`
        + `"${META.CLIENT_CAPABILITIES}":{},"${META.LOG_LEVEL}":"info"}}}`);
  });

  it('makes the params that it needs', () => {
    expect(JSON.parse(modernRequest('{"id":1,"method":"tools/list"}'))).toHaveProperty('params._meta');
    expect(JSON.parse(modernRequest('{"id":1,"method":"tools/list","params":{"_meta":null}}')))
      .toHaveProperty(['params', '_meta', META.PROTOCOL_VERSION], '2026-07-28');
  });

  it('does not let the client speak for the bridge', () => {
    const own = { [META.LOG_LEVEL]: 'debug', [META.CLIENT_CAPABILITIES]: { roots: {} }, [META.RELATED_TASK]: {}, kept: 1 };
    const text = JSON.stringify({ id: 1, method: 'tools/call', params: {
      name: 'a', task: { ttl: 1 }, inputResponses: {}, requestState: 's', _meta: own,
    } });
    expect((JSON.parse(modernRequest(text, { clientInfo: { name: 'x' } })) as JsonRpcRequest).params).toEqual({
      name: 'a', _meta: { kept: 1, [META.PROTOCOL_VERSION]: '2026-07-28', [META.CLIENT_CAPABILITIES]: {} },
    });
  });

  it('says nothing that is nested without end', () => {
    const endless = JSON.parse('{"a":'.repeat(100_000) + '1' + '}'.repeat(100_000)) as object;
    const text = modernRequest('{"id":1,"method":"x"}', {
      clientInfo: { ...clientInfo, icons: endless }, clientCapabilities: { experimental: endless },
    });
    expect((JSON.parse(text) as JsonRpcRequest).params!._meta)
      .toEqual({ [META.PROTOCOL_VERSION]: '2026-07-28', [META.CLIENT_CAPABILITIES]: {} });
  });

  it('is undone by the way back', () => {
    const text = '{"id":1,"method":"prompts/get","params":{"name":"a","_meta":{"progressToken":1}}}';
    const modern = modernRequest(text, { logLevel: 'info' });
    expect(toLegacyRequest(modern, JSON.parse(modern) as JsonRpcRequest)).toBe(text);
  });
});

describe.skipIf(areSchemasMissing)('by the schemas', () => {
  it.each([
    ['tools/list', 'ListToolsResult', { tools: [{ name: 'a', inputSchema: { type: 'object' }, outputSchema: { type: 'array' } }] }],
    ['tools/call', 'CallToolResult', { content: [], structuredContent: [1] }],
    ['tools/call', 'CallToolResult', { content: [], structuredContent: null }],
  ])('a result of %s is a %s of 2025-11-25', (method, type, result) => {
    const modern = { ...result, resultType: 'complete', ttlMs: 1, cacheScope: 'public' };
    expect(faultsOf('2025-11-25', type, parse(resultText(modern)).result)).not.toEqual([]);
    expect(faultsOf('2025-11-25', type, parse(legacyResult(method, resultText(modern))).result)).toEqual([]);
  });

  it('what the server said to server/discover is an InitializeResult of 2025-11-25', () => {
    expect(faultsOf('2025-11-25', 'InitializeResult', initializeResult({ capabilities: { tools: {} } }, undefined, 'a')))
      .toEqual([]);
  });

  it.each([
    ['CallToolRequest', '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a"}}'],
    ['ListToolsRequest', '{"jsonrpc":"2.0","id":1,"method":"tools/list"}'],
    ['ReadResourceRequest', '{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"a://b"}}'],
  ])('a request is a %s of either era', (type, text) => {
    const modern = toModernRequest(text, JSON.parse(text) as JsonRpcRequest, {
      clientInfo: { name: 'a', version: '1' }, clientCapabilities: { elicitation: { url: {} } }, logLevel: 'error',
    });
    expect(faultsOf('2026-07-28', type, JSON.parse(text))).not.toEqual([]);
    expect(faultsOf('2026-07-28', type, JSON.parse(modern))).toEqual([]);
    expect(faultsOf('2025-11-25', type, JSON.parse(toLegacyRequest(modern, JSON.parse(modern) as JsonRpcRequest)))).toEqual([]);
  });
});
