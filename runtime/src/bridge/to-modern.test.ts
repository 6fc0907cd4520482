import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonRpcRequest, JsonRpcResponse } from '../mcp/json-rpc';
import { areSchemasMissing, faultsOf } from '../testing/protocol-schemas';
import { LOSSES_META_KEY } from './losses';
import { META } from './request-meta';
import {
  CACHEABLE_METHODS, discoverResult, httpStatusOf, toLegacyRequest, toModernError, toModernResult, type ResultHints,
} from './to-modern';

const serverInfo = { name: 'fixture', version: '1.0' };
const hints: ResultHints = { serverInfo, ttlMs: 5000, cacheScope: 'public', cacheable: true };

interface Tools {
  result: { tools: unknown[] };
}

const parse = (text: string) => JSON.parse(text) as JsonRpcResponse;

function modernResult(method: string, text: string, changes: Partial<ResultHints> = {}): string {
  return toModernResult(method, text, parse(text), { ...hints, ...changes });
}

const resultText = (result: unknown) => JSON.stringify({ jsonrpc: '2.0', id: 1, result });

describe('toModernResult', () => {
  it('adds what the era wants and leaves every other byte', () => {
    expect(modernResult('tools/call', '{"jsonrpc":"2.0", "id":1,"result":{ "content":[],"n":12345678901234567890 }}'))
      .toBe('{"jsonrpc":"2.0", "id":1,"result":{ "content":[],"n":12345678901234567890,"resultType":"complete",'
        + '"_meta":{"io.modelcontextprotocol/serverInfo":{"name":"fixture","version":"1.0"}} }}');
  });

  it.each([...CACHEABLE_METHODS])('says how long a result of %s may be kept', (method) => {
    expect(parse(modernResult(method, resultText({ tools: [] }))).result)
      .toMatchObject({ ttlMs: 5000, cacheScope: 'public' });
    expect(parse(modernResult(method, resultText({}), { cacheable: false })).result)
      .toMatchObject({ ttlMs: 0, cacheScope: 'private' });
  });

  it('says nothing of that where it means nothing', () => {
    expect(Object.keys(parse(modernResult('tools/call', resultText({ content: [] }))).result!))
      .toEqual(['content', 'resultType', '_meta']);
  });

  it('does not let a server of before speak for the protocol', () => {
    const text = resultText({ resultType: 'input_required', ttlMs: -1, cacheScope: 'x', _meta: { [META.SERVER_INFO]: 5 } });
    expect(parse(modernResult('tools/list', text)).result).toEqual({
      resultType: 'complete', ttlMs: 5000, cacheScope: 'public', _meta: { [META.SERVER_INFO]: serverInfo },
    });
  });

  it('takes what tools say of tasks, and nothing else of them', () => {
    const text = resultText({ tools: [
      { name: 'a', execution: { taskSupport: 'required' }, inputSchema: { type: 'object' } },
      { name: 'b', execution: { taskSupport: 'optional', other: 1 } }, { name: 'c' }, null, 'x',
      { execution: null },
    ] });
    expect((parse(modernResult('tools/list', text)) as unknown as Tools).result.tools).toEqual([
      { name: 'a', inputSchema: { type: 'object' } }, { name: 'b', execution: { other: 1 } }, { name: 'c' }, null, 'x', {},
    ]);
  });

  it('takes the name of a task from a result', () => {
    const text = resultText({ content: [], _meta: { [META.RELATED_TASK]: { taskId: 't' }, kept: 1 } });
    expect(parse(modernResult('tools/call', text)).result!._meta).toEqual({ kept: 1, [META.SERVER_INFO]: serverInfo });
  });

  it.each([undefined, {}, { name: 'nameless' }, []])('does without a server that describes itself by %j', (info) => {
    expect(parse(modernResult('tools/call', resultText({}), { serverInfo: info })).result).toEqual({ resultType: 'complete' });
  });

  it.each([null, 5, 'x', []])('makes a result of the result %j', (result) => {
    expect(parse(modernResult('tools/list', resultText(result))).result).toMatchObject({ resultType: 'complete' });
  });

  it('is not hurt by results nested without end', () => {
    const deep = `{"jsonrpc":"2.0","id":1,"result":{"tools":[{"execution":{"taskSupport":"x"},"inputSchema":${
      '['.repeat(100_000)}${']'.repeat(100_000)}}]}}`;
    expect(modernResult('tools/list', deep)).toContain('"resultType":"complete"');
  });
});

describe('toModernError', () => {
  const errorText = (code: number, data?: unknown) =>
    JSON.stringify({ jsonrpc: '2.0', id: 1, error: { code, message: 'no', data } });
  const modernError = (code: number, data?: unknown, method = 'resources/read', uri?: string) => {
    const text = errorText(code, data);
    return parse(toModernError(method, text, parse(text), uri)).error;
  };

  it('gives a missing resource the code of the era, and its URI', () => {
    expect(modernError(-32002, { uri: 'a://b', more: 1 }, 'resources/read', 'a://c'))
      .toEqual({ code: -32602, message: 'no', data: { uri: 'a://b', more: 1 } });
    expect(modernError(-32002, undefined, 'resources/read', 'a://c'))
      .toEqual({ code: -32602, message: 'no', data: { uri: 'a://c' } });
    expect(modernError(-32002, 'text', 'resources/read', 'a://c')?.data).toEqual({ uri: 'a://c' });
    expect(modernError(-32002, undefined)).toEqual({ code: -32602, message: 'no' });
  });

  it.each([-32042, -32020, -32021, -32022])('does not let %i of a server of before pass', (code) => {
    expect(modernError(code, { elicitations: [] })).toEqual({ code: -32603, message: 'no' });
  });

  it.each([-32601, -32602, -32603, -32000, -32001, 0, 5])('leaves %i as it is', (code) => {
    const text = `{"id":1.0,"error":{"message":"no", "code" : ${code},"data":1e400}}`;
    expect(toModernError('tools/call', text, parse(text))).toBe(text);
  });

  it('shows no modern client -32002 or -32042, whatever a server writes', () => {
    const code = fc.oneof(fc.constantFrom(-32002, -32042, -32602), fc.integer());
    fc.assert(fc.property(code, fc.jsonValue(), fc.constantFrom('resources/read', 'tools/call', 'prompts/get'),
      fc.constantFrom(undefined, 1, '\t'), fc.option(fc.string(), { nil: undefined }),
      (own, data, method, space, uri) => {
        const text = JSON.stringify({ id: 1, error: { code: own, data, message: 'no' } }, undefined, space);
        expect([-32002, -32042]).not.toContain(parse(toModernError(method, text, parse(text), uri)).error!.code);
      }));
  });
});

describe('discoverResult', () => {
  const initializeResult = {
    protocolVersion: '2025-11-25', serverInfo, instructions: 'Use it well',
    capabilities: { tools: { listChanged: true }, logging: {}, tasks: {} },
  };
  const options = { shared: false, roots: true, ttlMs: 0, cacheScope: 'private' } as const;

  it('says what the server said to initialize', () => {
    expect(discoverResult(initializeResult, options)).toEqual({
      resultType: 'complete',
      supportedVersions: ['2026-07-28', '2025-11-25', '2025-06-18', '2025-03-26'],
      capabilities: { tools: { listChanged: true }, logging: {} },
      instructions: 'Use it well', ttlMs: 0, cacheScope: 'private',
      _meta: { [META.SERVER_INFO]: serverInfo, [LOSSES_META_KEY]: [{ feature: 'tasks', reason: 'other-era' }] },
    });
  });

  it('offers no log messages of a shared process', () => {
    expect(discoverResult(initializeResult, { ...options, shared: true }))
      .toMatchObject({ capabilities: { tools: { listChanged: true } } });
    expect(discoverResult(initializeResult, { ...options, shared: true })).not.toHaveProperty('capabilities.logging');
  });

  it.each([{}, { capabilities: null, serverInfo: [], instructions: 5 }])('makes the best of %j', (result) => {
    expect(discoverResult(result, options)).toMatchObject({ capabilities: {}, _meta: {} });
  });
});

describe('toLegacyRequest', () => {
  const legacyRequest = (text: string) => toLegacyRequest(text, JSON.parse(text) as JsonRpcRequest);
  const modernMeta = `"${META.PROTOCOL_VERSION}":"2026-07-28","${META.CLIENT_CAPABILITIES}":{}, `
    + `"${META.CLIENT_INFO}":{"name":"a","version":"1"},"${META.LOG_LEVEL}":"info"`;

  it('takes what only the other era knows and leaves every other byte', () => {
    expect(legacyRequest(`{"id":1,"method":"tools/call","params":{"task":{},"name":"a", "arguments":{"n":1.0},`
      + `"_meta":{${modernMeta},"progressToken":1,"traceparent":"00","a.test/b":2},"inputResponses":{},"requestState":"s"}}`))
      .toBe('{"id":1,"method":"tools/call","params":{"name":"a", "arguments":{"n":1.0},'
        + '"_meta":{"progressToken":1,"traceparent":"00","a.test/b":2}}}');
  });

  it('leaves no empty _meta behind', () => {
    expect(legacyRequest(`{"id":1,"method":"tools/list","params":{"_meta":{${modernMeta}}}}`))
      .toBe('{"id":1,"method":"tools/list","params":{}}');
  });

  it.each([
    '{"id":1,"method":"ping"}', '{"id":1,"method":"x","params":{"task":1,"_meta":null}}',
    '{"id":1,"method":"x","params":{"_meta":[]}}', '{"id":1,"method":"x","params":{"arguments":{"requestState":1}}}',
  ])('leaves %s as it is', (text) => {
    expect(legacyRequest(text)).toBe(text);
  });
});

describe('httpStatusOf', () => {
  it.each([[-32601, 404], [-32020, 400], [-32021, 400], [-32022, 400], [-32602, 200], [-32603, 200], [0, 200]])(
    'of %i is %i', (code, status) => {
      expect(httpStatusOf(code)).toBe(status);
    });
});

describe.skipIf(areSchemasMissing)('by the schema of 2026-07-28', () => {
  const contents = [{ uri: 'a://b', text: 'x' }];

  it.each([
    ['tools/list', 'ListToolsResult', { tools: [{
      name: 'a', inputSchema: { type: 'object' }, outputSchema: { type: 'object' }, execution: { taskSupport: 'optional' },
    }] }],
    ['tools/call', 'CallToolResult', { content: [{ type: 'text', text: 'x' }], structuredContent: {}, isError: false }],
    ['prompts/list', 'ListPromptsResult', { prompts: [{ name: 'a' }], nextCursor: 'x' }],
    ['prompts/get', 'GetPromptResult', { messages: [{ role: 'user', content: { type: 'text', text: 'x' } }] }],
    ['resources/list', 'ListResourcesResult', { resources: [{ uri: 'a://b', name: 'b' }] }],
    ['resources/templates/list', 'ListResourceTemplatesResult', { resourceTemplates: [{ uriTemplate: 'a://{b}', name: 'b' }] }],
    ['resources/read', 'ReadResourceResult', { contents }],
    ['completion/complete', 'CompleteResult', { completion: { values: ['x'] } }],
  ])('a result of %s is a %s', (method, type, result) => {
    expect(faultsOf('2026-07-28', type, parse(modernResult(method, resultText(result))).result)).toEqual([]);
  });

  it('what the server said to initialize is a DiscoverResult', () => {
    const result = { protocolVersion: '2025-11-25', serverInfo, capabilities: { logging: {}, tools: {} }, instructions: 'x' };
    expect(faultsOf('2026-07-28', 'DiscoverResult',
      discoverResult(result, { shared: false, roots: false, ttlMs: 1, cacheScope: 'private' }))).toEqual([]);
  });

  it('finds fault with what is none', () => {
    expect(faultsOf('2026-07-28', 'ListToolsResult', { tools: [] })).not.toEqual([]);
  });
});
