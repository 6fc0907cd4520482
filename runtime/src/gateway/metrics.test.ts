import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { METRIC } from '../../../lib/contract/metrics';
import { sendJson } from '../platform/http';
import { startScriptedServer, type ScriptedServer } from './testing/scripted-server';
import { startTestFleet, type TestFleet } from './testing/test-fleet';

const POLICY = `
permit (principal, action == Mcp::Action::"discover", resource);
permit (principal, action == Mcp::Action::"tools/call", resource in Mcp::Server::"files");
forbid (principal, action == Mcp::Action::"tools/call", resource == Mcp::Tool::"files/drop");
`;

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

beforeEach(() => {
  server.script = () => false;
});

const requests = (tool: string) => `mcp_tool_requests_total{server="files",tool="${tool}"}`;
const errors = (tool: string, type: string) =>
  `mcp_tool_errors_total{server="files",tool="${tool}",error_type="${type}"}`;

/** Waits until a series has a value: requests are counted when they are over. */
const becomes = (series: string, value: number | undefined) =>
  expect.poll(() => fleet.metric(series), { message: series }).toBe(value);

describe('the gateway\'s metrics', () => {
  it('exist before anything has happened, so that ratios and rates see the first', async () => {
    for (const series of [
      requests('other'), errors('other', 'tool_error'), errors('other', 'unavailable'), errors('other', 'timeout'),
      errors('other', 'denied'), 'mcp_gateway_auth_total{outcome="expired"}',
      'mcp_gateway_decisions_total{action="tools/call",outcome="deny"}', 'mcp_discovery_requests_total{outcome="error"}',
      'mcp_sessions_active{server="files"}', 'mcp_gateway_routing_duration_seconds_count',
      'mcp_upstream_connections{server="files",state="active"}',
    ]) {
      expect(await fleet.metric(series), series).toBe(0);
    }
  });

  it('count calls under the names that lists have given, and others under one', async () => {
    const client = await fleet.client('files');
    await client.initialize();
    server.script = ({ id, method, response }) => method === 'tools/list'
      && sendJson(response, 200, { jsonrpc: '2.0', id, result: { tools: [{ name: 'read' }, { name: 'drop' }] } });
    await client.post(client.request('tools/list'));
    expect(await fleet.metric(requests('read'))).toBe(0);
    expect(await fleet.metric(errors('drop', 'denied'))).toBe(0);

    await client.call('read');
    await becomes(requests('read'), 1);
    await client.call('drop');
    await becomes(errors('drop', 'denied'), 1);
    server.script = ({ id, method, response }) => method === 'tools/call'
      && sendJson(response, 200, { jsonrpc: '2.0', id, error: { code: -32602, message: 'Unknown tool' } });
    await client.call('invented');
    await becomes(errors('other', '-32602'), 1);
    await becomes(requests('other'), 1);
    expect(await fleet.metric(requests('invented'))).toBeUndefined();
  });

  it('tell tools that fail from servers that do', async () => {
    const client = await fleet.client('files');
    await client.initialize();
    await client.call('flaky');
    await becomes(requests('flaky'), 1);
    server.script = ({ id, method, response }) => method === 'tools/call'
      && sendJson(response, 200, { jsonrpc: '2.0', id, result: { content: [], isError: true } });
    await client.call('flaky');
    server.script = ({ method, response }) => method === 'tools/call' && response.destroy();
    await client.call('flaky');
    await becomes(errors('flaky', 'tool_error'), 1);
    await becomes(errors('flaky', 'unavailable'), 1);
    await becomes(requests('flaky'), 3);
  });

  it('count authentications, decisions, operations, sessions and connections', async () => {
    const client = await fleet.client('files');
    const allowed = 'mcp_gateway_decisions_total{action="tools/call",outcome="allow"}';
    const operations = 'mcp_server_operation_duration_seconds_count{server="files",mcp_method_name="tools/call"}';
    const before = await Promise.all([allowed, operations].map((series) => fleet.metric(series)));
    await client.initialize();
    await client.call('read');
    await becomes(allowed, before[0]! + 1);
    await becomes(operations, before[1]! + 1);
    expect(await fleet.metric('mcp_gateway_auth_total{outcome="ok"}')).toBeGreaterThan(2);
    expect(await fleet.metric('mcp_upstream_connections{server="files",state="idle"}')).toBeGreaterThan(0);
    await client.delete();
    await becomes('mcp_server_session_duration_seconds_count{server="files"}', 1);
  });

  it('have the gateway\'s own share of a request without the client\'s and the server\'s', async () => {
    const client = await fleet.client('files');
    await client.initialize();
    const sum = () => fleet.metric('mcp_gateway_routing_duration_seconds_sum');
    const [before, calls] = await Promise.all([sum(), fleet.metric(requests('read'))]);
    server.script = ({ id, response }) =>
      void setTimeout(() => sendJson(response, 200, { jsonrpc: '2.0', id, result: {} }), 300);
    await client.call('read');
    await becomes(requests('read'), calls! + 1);
    expect((await sum())! - before!).toBeLessThan(0.2);
  });

  it('are those of the contract', async () => {
    const text = await (await fetch(`${fleet.gateway.adminUrl}/metrics`)).text();
    const emitted = [...text.matchAll(/^# TYPE (mcp_\S+)/gm)].map(([, name]) => name);
    expect(Object.values(METRIC).map(({ name }) => name)).toEqual(expect.arrayContaining(emitted));
    expect(emitted.sort()).toEqual([
      'mcp_discovery_requests_total', 'mcp_gateway_auth_total', 'mcp_gateway_decisions_total',
      'mcp_gateway_routing_duration_seconds', 'mcp_server_operation_duration_seconds',
      'mcp_server_session_duration_seconds', 'mcp_sessions_active', 'mcp_tool_errors_total',
      'mcp_tool_requests_total', 'mcp_upstream_connections',
    ]);
  });
});
