import { describe, expect, it } from 'vitest';
import { parseEnvelope } from './envelope';

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

  it('refuses bytes that are no UTF-8', () => {
    expect(() => parseEnvelope(Buffer.from([0x7b, 0xff, 0x7d]))).toThrow('not UTF-8');
  });
});
