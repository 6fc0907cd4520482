import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sendJson } from '../platform/http';
import { startScriptedServer, type ScriptedServer } from './testing/scripted-server';
import { auditRecord, startTestFleet, type TestFleet } from './testing/test-fleet';

const POLICY = `
@id("see") permit (principal in Mcp::Group::"support", action == Mcp::Action::"discover", resource);
@id("call") permit (
  principal in Mcp::Group::"support", action == Mcp::Action::"tools/call", resource == Mcp::Tool::"files/read");
`;
const TRACE = 'a'.repeat(32);
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

let server: ScriptedServer;
let fleet: TestFleet;

beforeAll(async () => {
  server = await startScriptedServer();
  fleet = await startTestFleet({ policy: POLICY, servers: { files: server.url } });
});

afterAll(async () => {
  await fleet.stop();
  await server.stop();
});

async function startSession(subject: string) {
  const client = await fleet.client('files', { sub: subject, groups: ['support'] });
  await client.initialize();
  return client;
}

const recordOf = (subject: string, method: string) =>
  auditRecord(fleet, (record) => record.principal?.subject === subject && record.method === method);

describe('the audit trail', () => {
  it('has one record for each request, with all of the contract and nothing else', async () => {
    const client = await startSession('ann');
    const call = client.toolCall('read', { path: '/etc/argument' });
    const answer = await (await client.post(call, { traceparent: `00-${TRACE}-${'b'.repeat(16)}-01` })).text();
    expect(await recordOf('ann', 'tools/call')).toEqual({
      time: expect.stringMatching(ISO_TIME) as string,
      id: expect.stringMatching(UUID) as string,
      trace_id: TRACE,
      principal: { issuer: fleet.issuer.issuer, subject: 'ann', groups: ['support'] },
      client: 'raw/1',
      method: 'tools/call',
      server: 'files',
      target: 'read',
      decision: { outcome: 'allow', policies: ['call'] },
      outcome: 'ok',
      duration_ms: expect.any(Number) as number,
      bytes_in: Buffer.byteLength(JSON.stringify(call)),
      bytes_out: Buffer.byteLength(answer),
    });
    expect(fleet.audit.filter(({ principal }) => principal?.subject === 'ann').map(({ method }) => method))
      .toEqual(['initialize', 'notifications/initialized', 'tools/call']);
  });

  it('tells how each request ended', async () => {
    const client = await startSession('ben');
    await client.call('write');
    expect(await recordOf('ben', 'tools/call')).toMatchObject({
      target: 'write', decision: { outcome: 'deny', policies: [] }, outcome: 'denied',
    });
    server.script = ({ id, method, response }) => method === 'tools/call'
      && sendJson(response, 200, { jsonrpc: '2.0', id, result: { isError: true, content: [] } });
    await client.call('read');
    server.script = ({ id, method, response }) => method === 'ping'
      && sendJson(response, 200, { jsonrpc: '2.0', id, error: { code: -32603, message: 'broken' } });
    await client.post(client.request('ping'));
    expect(await recordOf('ben', 'ping')).toMatchObject({ outcome: '-32603' });
    await client.post('no JSON');
    expect(await recordOf('ben', 'POST')).toMatchObject({ outcome: 'invalid_request' });
    server.script = () => false;
    await client.delete();
    expect(await recordOf('ben', 'DELETE')).toMatchObject({ outcome: 'ok', server: 'files' });
    expect(fleet.audit.filter(({ principal, method }) => principal?.subject === 'ben' && method === 'tools/call')
      .map(({ outcome }) => outcome)).toEqual(['denied', 'tool_error']);
  });

  it('has those that were refused before anything was known of them', async () => {
    await fetch(`${fleet.gateway.url}/mcp`, { method: 'POST', body: '{}' });
    expect(await auditRecord(fleet, ({ outcome }) => outcome === 'missing')).toMatchObject({
      principal: null, client: null, method: 'POST', server: null, target: null, decision: null,
    });
    await fetch(`${fleet.gateway.url}/nowhere`);
    expect(await auditRecord(fleet, ({ outcome }) => outcome === 'not_found')).toMatchObject({ method: 'GET' });
    await fetch(`${fleet.gateway.url}/mcp`, { headers: { origin: 'https://evil.example.com' } });
    expect(await auditRecord(fleet, ({ outcome }) => outcome === 'foreign_origin')).toMatchObject({ method: 'GET' });
    await fetch(`${fleet.gateway.url}/.well-known/oauth-protected-resource`);
    expect(await auditRecord(fleet, ({ outcome, principal }) => outcome === 'ok' && principal === null)).toBeDefined();
  });

  it('says which server a caller looked for that it may not see', async () => {
    const client = await fleet.client('files', { sub: 'eve', groups: [] });
    await client.post(client.request('initialize'));
    expect(await recordOf('eve', 'POST')).toMatchObject({
      server: 'files', decision: { outcome: 'deny' }, outcome: 'not_found',
    });
  });

  it('holds no token, argument, result or session id, and neither does the log', async () => {
    const token = await fleet.token({ sub: 'sue', groups: ['support'] });
    const client = await fleet.client('files', { sub: 'sue', groups: ['support'] });
    await client.initialize();
    server.script = ({ id, method, response }) => method === 'tools/call'
      && sendJson(response, 200, { jsonrpc: '2.0', id, result: { content: [{ type: 'text', text: 'a-result' }] } });
    await client.call('read', { path: 'an-argument' });
    server.script = ({ response }) => response.destroy();
    await client.call('read', { path: 'an-argument' });
    await fetch(`${fleet.gateway.url}/mcp`, { headers: { authorization: `Bearer ${token}x` } });
    await auditRecord(fleet, ({ outcome }) => outcome === 'invalid');
    const written = fleet.auditText() + JSON.stringify(fleet.log);
    for (const secret of ['an-argument', 'a-result', token.split('.')[2]!, client.sessionId!, 'upstream-session']) {
      expect(written).not.toContain(secret);
    }
    expect(fleet.log).toContainEqual(expect.objectContaining({ outcome: 'unavailable', server: 'files' }));
  });

  it('cuts off names that clients make up', async () => {
    const client = await startSession('max');
    await client.call('x'.repeat(5000));
    expect((await recordOf('max', 'tools/call')).target).toHaveLength(1000);
  });
});

