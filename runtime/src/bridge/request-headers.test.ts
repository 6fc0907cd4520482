import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkRequestHeaders, decodeHeaderValue, encodeHeaderValue } from './request-headers';
import { META } from './request-meta';

const revision = '2026-07-28';

function message(method: string, params: Record<string, unknown> = {}): object {
  return { jsonrpc: '2.0', id: 1, method, params: { ...params, _meta: { [META.PROTOCOL_VERSION]: revision } } };
}

function headers(changes: Record<string, string | string[] | undefined>) {
  return { 'mcp-protocol-version': revision, 'mcp-method': 'tools/call', 'mcp-name': 'add', ...changes };
}

const call = message('tools/call', { name: 'add' });

describe('checkRequestHeaders', () => {
  it('accepts headers that say what the body says', () => {
    expect(checkRequestHeaders(headers({}), call)).toBeUndefined();
    expect(checkRequestHeaders(headers({ 'mcp-name': ['add'], 'mcp-method': ['tools/call'] }), call)).toBeUndefined();
  });

  it.each(['mcp-protocol-version', 'mcp-method', 'mcp-name'])('refuses a request without %s', (name) => {
    expect(checkRequestHeaders(headers({ [name]: undefined }), call)).toContain(`${name} is missing`);
  });

  it.each(['mcp-protocol-version', 'mcp-method', 'mcp-name'])('refuses another value of %s', (name) => {
    expect(checkRequestHeaders(headers({ [name]: 'other' }), call)).toContain(`${name} does not match`);
  });

  it.each(['mcp-protocol-version', 'mcp-method', 'mcp-name'])('refuses a repeated %s, even of one value', (name) => {
    const value = headers({})[name as 'mcp-name'];
    expect(checkRequestHeaders(headers({ [name]: [value, value] }), call)).toContain(`${name} is repeated`);
    expect(checkRequestHeaders(headers({ [name]: `${value}, ${value}` }), call)).toContain(name);
  });

  it('compares values by letter case', () => {
    expect(checkRequestHeaders(headers({ 'mcp-method': 'TOOLS/CALL' }), call)).toContain('mcp-method');
    expect(checkRequestHeaders(headers({ 'mcp-name': 'Add' }), call)).toContain('mcp-name');
  });

  it('ignores space around values, and no other than that of HTTP', () => {
    expect(checkRequestHeaders(headers({ 'mcp-name': '  add\t', 'mcp-method': ' tools/call ' }), call)).toBeUndefined();
    expect(checkRequestHeaders(headers({ 'mcp-method': 'tools/call\u00a0' }), call)).toContain('mcp-method');
  });

  it.each([
    ['prompts/get', 'name'], ['resources/read', 'uri'], ['tasks/get', 'taskId'], ['tasks/update', 'taskId'],
    ['tasks/cancel', 'taskId'],
  ])('compares the name of %s with params.%s', (method, source) => {
    const own = headers({ 'mcp-method': method, 'mcp-name': 'x y' });
    expect(checkRequestHeaders(own, message(method, { [source]: 'x y' }))).toBeUndefined();
    expect(checkRequestHeaders(own, message(method, { [source]: 'z' }))).toContain('mcp-name');
    expect(checkRequestHeaders({ ...own, 'mcp-name': undefined }, message(method, { [source]: 'z' })))
      .toContain('mcp-name is missing');
  });

  it('wants no name of other methods', () => {
    const { 'mcp-name': name, ...rest } = headers({ 'mcp-method': 'tools/list' });
    expect(name).toBeDefined();
    expect(checkRequestHeaders(rest, message('tools/list'))).toBeUndefined();
  });

  it('decodes the name, and nothing but the name', () => {
    const uri = 'file:///日本';
    const own = headers({ 'mcp-method': 'resources/read', 'mcp-name': encodeHeaderValue(uri) });
    expect(checkRequestHeaders(own, message('resources/read', { uri }))).toBeUndefined();
    const encodedMethod = headers({ 'mcp-method': `=?base64?${Buffer.from('tools/call').toString('base64')}?=` });
    expect(checkRequestHeaders(encodedMethod, call)).toContain('mcp-method');
  });

  it.each(['=?base64?SGVsbG8?=', '=?base64?SGVs!!!bG8=?=', '=?base64?/w==?=', 'h\u00e9', 'a\u0000b', 'a\nb'])(
    'refuses the name %j for its characters', (name) => {
      expect(checkRequestHeaders(headers({ 'mcp-name': name }), message('tools/call', { name: 'Hello' })))
        .toContain('invalid characters');
    });

  it('leaves what the body lacks to the checks of params', () => {
    const bare = { jsonrpc: '2.0', id: 1, method: 'tools/call' };
    expect(checkRequestHeaders(headers({ 'mcp-name': undefined }), bare)).toBeUndefined();
    expect(checkRequestHeaders(headers({}), bare)).toContain('does not match params.name');
  });

  it('wants no headers of a notification, but true ones', () => {
    const notification = { jsonrpc: '2.0', method: 'notifications/x', params: {} };
    expect(checkRequestHeaders({}, notification)).toBeUndefined();
    expect(checkRequestHeaders({ 'mcp-method': 'notifications/y' }, notification)).toContain('mcp-method');
  });

  it.each([null, [], 'x', 5])('does not stumble over the params %j', (params) => {
    expect(checkRequestHeaders(headers({}), { jsonrpc: '2.0', id: 1, method: 'tools/call', params }))
      .toContain('mcp-name');
  });

  it('does not take what every object inherits for a header', () => {
    const inherited = Object.create({ 'mcp-method': 'tools/call' }) as Record<string, string>;
    expect(checkRequestHeaders(Object.assign(inherited, { 'mcp-protocol-version': revision }), call))
      .toContain('mcp-method is missing');
  });
});

describe('encodeHeaderValue', () => {
  it('leaves plain text as it is', () => {
    expect(encodeHeaderValue('us-west1, a b')).toBe('us-west1, a b');
  });

  it.each([
    ['Hello, 世界', '=?base64?SGVsbG8sIOS4lueVjA==?='], [' padded ', '=?base64?IHBhZGRlZCA=?='],
    ['line1\nline2', '=?base64?bGluZTEKbGluZTI=?='], ['=?base64?literal?=', '=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?='],
    ['', '=?base64??='],
  ])('encodes %j', (value, encoded) => {
    expect(encodeHeaderValue(value)).toBe(encoded);
  });

  it('makes values that arrive, for any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const encoded = encodeHeaderValue(text);
      expect(encoded).toMatch(/^[\x20-\x7e]+$/);
      expect(decodeHeaderValue(encoded)).toBe(text);
    }));
  });
});

describe('decodeHeaderValue', () => {
  it.each(['SGVsbG8=', '=?base64?SGVsbG8=', 'SGVsbG8=?=', '=?BASE64?SGVsbG8=?=', '=?base64?='])(
    'takes %j literally', (value) => {
      expect(decodeHeaderValue(value)).toBe(value);
    });

  it('is not slow on long runs of space', () => {
    expect(decodeHeaderValue(`a${' '.repeat(1_000_000)}b${' '.repeat(1_000_000)}`)).toHaveLength(1_000_002);
  });
});
