import { describe, expect, it } from 'vitest';
import { parseEnvelope } from './envelope';
import { NotJsonRpc } from './json-rpc';

const parse = (text: string) => parseEnvelope(Buffer.from(text));

describe('parseEnvelope', () => {
  it('gives the message and the text that it came in', () => {
    const text = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read","arguments":{"a":1,"A":2}}}';
    expect(parse(text)).toEqual({ text, message: JSON.parse(text) as unknown });
  });

  it.each([
    ['a repeated method', '{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call"}'],
    ['a repeated name', '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","name":"b"}}'],
    ['a name in another case', '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","Name":"b"}}'],
    ['a name that is escaped', '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","n\\u0061me":"b"}}'],
    ['a repeated reference', '{"jsonrpc":"2.0","id":1,"method":"completion/complete",'
      + '"params":{"ref":{"type":"ref/prompt","name":"a","NAME":"b"}}}'],
  ])('refuses %s', (_what, text) => {
    expect(() => parse(text)).toThrow('a key is repeated');
  });

  it('refuses members that JSON-RPC does not know, such as a method in disguise', () => {
    expect(() => parse('{"jsonrpc":"2.0","id":1,"result":{},"Method":"tools/call"}'))
      .toThrow("'Method' is no member of a JSON-RPC message");
  });

  it.each([
    ['_meta', '{"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":{"a":1,"A":2}}}', 'a key is repeated'],
    ['an escaped key', '{"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":{"a":1,"\\u0061":2}}}', 'a key is repeated'],
    ['no object', '{"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":[]}}', '_meta is no object'],
    ['null', '{"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":null}}', '_meta is no object'],
    ['params that are an array', '{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}', 'neither a request'],
    ['params that are null', '{"jsonrpc":"2.0","id":1,"method":"ping","params":null}', 'neither a request'],
    ['__proto__ outside', '{"jsonrpc":"2.0","id":1,"method":"ping","__proto__":{}}', '__proto__'],
    ['__proto__ in params', '{"jsonrpc":"2.0","id":1,"method":"ping","params":{"__proto__":{"name":"x"}}}', '__proto__'],
    ['__proto__ in _meta', '{"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":{"__proto__":{}}}}', '__proto__'],
    ['a result with a method', '{"jsonrpc":"2.0","id":1,"method":"ping","result":{}}', 'a request and a response'],
    ['an error with a method', '{"jsonrpc":"2.0","id":1,"method":"ping","error":{"code":1,"message":""}}', 'a request and a response'],
  ])('refuses what is odd about the envelope: %s', (_what, text, reason) => {
    expect(() => parse(text)).toThrow(reason);
  });

  it.each(['9007199254740993', '-9007199254740993', '1.5', '1e400', `"${'x'.repeat(1025)}"`, 'true', '{}', '[1]'])(
    'refuses the id %s', (id) => {
      expect(() => parse(`{"jsonrpc":"2.0","id":${id},"method":"ping"}`)).toThrow(NotJsonRpc);
    });

  it.each(['0', '-1', '9007199254740991', '""', `"${'x'.repeat(1024)}"`])('takes the id %s', (id) => {
    expect(parse(`{"jsonrpc":"2.0","id":${id},"method":"ping"}`).message).toMatchObject({ id: JSON.parse(id) as unknown });
  });

  it('leaves the arguments of a tool alone, whatever their keys are', () => {
    const text = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"arguments":{"__proto__":1,"a":1,"A":2}}}';
    expect(parse(text).text).toBe(text);
  });

  it('refuses deep nesting, and does not mind brackets in strings', () => {
    const call = (value: string) => `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"arguments":{"a":${value}}}}`;
    const nested = (depth: number) => call('['.repeat(depth) + ']'.repeat(depth));
    expect(parse(nested(490)).message).toBeDefined();
    expect(() => parse(nested(510))).toThrow('nested more than 500 levels deep');
    expect(() => parse('{"a":'.repeat(1_000_000))).toThrow('nested more than 500 levels deep');
    expect(parse(call(JSON.stringify('[{"\\'.repeat(2000)))).message).toBeDefined();
    expect(parse(call(`[${'[],'.repeat(2000)}1]`)).message).toBeDefined();
  });

  it('refuses bytes that are no UTF-8', () => {
    expect(() => parseEnvelope(Buffer.from([0x7b, 0xff, 0x7d]))).toThrow('not UTF-8');
  });
});
