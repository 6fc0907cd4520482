import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { elementsOf, isArray, parseBatch } from './batch';

const ping = (id: unknown) => JSON.stringify({ jsonrpc: '2.0', id, method: 'ping' });

describe('parseBatch', () => {
  it('gives each message as it was written', () => {
    const first = '{ "jsonrpc":"2.0","id":1, "method":"a","params":{"n":12345678901234567890} }';
    const second = '{"jsonrpc":"2.0","method":"b"}';
    expect(parseBatch(` [ ${first} ,\n${second}\t] `).map(({ text }) => text)).toEqual([first, second]);
  });

  it.each([
    ['nothing in it', '[]', '1 to 100 messages'],
    ['too much in it', `[${Array.from({ length: 101 }, (_, id) => ping(id)).join(',')}]`, '1 to 100 messages'],
    ['an id twice', `[${ping(1)},${ping('1')},${ping(1)}]`, 'same id'],
    ['a batch in it', `[[${ping(1)}]]`, 'batches are not supported'],
    ['something else in it', `[${ping(1)},7]`, 'not a JSON-RPC 2.0 message'],
    ['a repeated key in it', '[{"jsonrpc":"2.0","method":"a","method":"b"}]', 'a key is repeated'],
    ['no end', `[${ping(1)}`, 'not JSON'],
  ])('refuses a batch with %s', (_what, text, reason) => {
    expect(() => parseBatch(text)).toThrow(reason);
  });
});

describe('elementsOf', () => {
  it('finds the elements of any array', () => {
    fc.assert(fc.property(fc.array(fc.jsonValue()), fc.constantFrom(undefined, 1, '\t'), (values, space) => {
      const text = JSON.stringify(values, undefined, space);
      expect(isArray(text)).toBe(true);
      expect(elementsOf(text).map((element) => JSON.parse(element) as unknown)).toEqual(JSON.parse(text));
    }));
  });
});
