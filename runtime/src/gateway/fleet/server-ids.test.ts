import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseFleetId, withFleetIds } from './server-ids';

const serverName = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?$/);
const jsonRpcId = fc.oneof(fc.string(), fc.integer());

const rewrite = (server: string, message: object) =>
  JSON.parse(withFleetIds(server, JSON.stringify(message))) as { id: string; params: Record<string, unknown> };

describe('ids of a server\'s requests', () => {
  it('lead back to the server and its own id', () => {
    fc.assert(fc.property(serverName, jsonRpcId, (server, id) => {
      const { id: fleetId } = rewrite(server, { jsonrpc: '2.0', id, method: 'elicitation/create', params: {} });
      expect(parseFleetId(fleetId)).toEqual({ server, ownId: JSON.stringify(id) });
    }));
  });

  it('are distinct for two servers that count alike', () => {
    const request = { jsonrpc: '2.0', id: 0, method: 'ping' };
    expect(rewrite('files', request).id).not.toBe(rewrite('crm', request).id);
  });

  it('are found wherever the server speaks of them', () => {
    expect(rewrite('files', {
      jsonrpc: '2.0', id: 4, method: 'sampling/createMessage', params: { _meta: { progressToken: 4 }, maxTokens: 10 },
    })).toEqual({
      jsonrpc: '2.0', id: 'files:4', method: 'sampling/createMessage',
      params: { _meta: { progressToken: 'files:4' }, maxTokens: 10 },
    });
    expect(rewrite('files', { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 4 } }).params)
      .toEqual({ requestId: 'files:4' });
  });

  it.each([
    '{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"say \\"method\\""}]}}',
    '{"jsonrpc":"2.0","id":1,"result":{"structuredContent":{"id":1,"method":"POST"}}}',
    '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1,"progress":2}}',
  ])('are not looked for in %s', (message) => {
    expect(withFleetIds('files', message)).toBe(message);
  });

  it.each([7, null, '', 'files', 'files:', ':1', 'files:{}', 'files:null', 'files:1 '.repeat(2), 'files:"'])(
    'are not read into %j', (id) => {
      expect(parseFleetId(id)).toBeUndefined();
    });
});
