import { describe, expect, it } from 'vitest';
import { filterLists } from './list-filter';

const permits = (_action: string, target: string) => target.includes('good');

/** What is left of a message, as an object. */
const filtered = (message: unknown) => JSON.parse(filterLists(JSON.stringify(message), permits)) as unknown;

describe('filterLists', () => {
  it.each([
    ['tools', 'name'], ['prompts', 'name'], ['resources', 'uri'], ['resourceTemplates', 'uriTemplate'],
  ])('keeps of %s what may be used', (list, name) => {
    const items = [{ [name]: 'good', description: 'd' }, { [name]: 'bad' }, { [name]: 7 }, {}, null, 'good'];
    expect(filtered({ jsonrpc: '2.0', id: 1, result: { [list]: items, nextCursor: 'c' } }))
      .toEqual({ jsonrpc: '2.0', id: 1, result: { [list]: [{ [name]: 'good', description: 'd' }], nextCursor: 'c' } });
  });

  it('asks for the action that guards the use', () => {
    const asked: string[] = [];
    filterLists('{"result":{"tools":[{"name":"a"}],"resourceTemplates":[{"uriTemplate":"b"}]}}', (action, target) => {
      asked.push(`${action} ${target}`);
      return true;
    });
    expect(asked).toEqual(['tools/call a', 'resources/read b']);
  });

  it.each([
    '{ "result" : {"tools":[ {"name":"good", "inputSchema":{"maximum":12345678901234567890}} ]} }',
    '{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no tools"}}',
    '{"jsonrpc":"2.0","method":"notifications/message","params":{"tools":[{"name":"bad"}]}}',
    'null',
  ])('leaves %s as it is, byte by byte', (message) => {
    expect(filterLists(message, permits)).toBe(message);
  });

  it('does not let pass what it cannot read', () => {
    expect(() => filterLists('{"result":{"tools":[{"name":"bad"}]}', permits)).toThrow(SyntaxError);
  });
});
