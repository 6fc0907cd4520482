import { expect, it } from 'vitest';
import { lastMessage, type RawClient } from '../../../runtime/src/testing/raw-client';
import { describeConnectors, Pod } from '../../support/faults/pod';
import { eventually } from '../../support/processes';

const INITIALIZE = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'raw', version: '1' } };
const SESSIONS = 'mcp_sessions_active{server="faulty"}';

const processes = (state: string) => `mcp_server_processes{server="faulty",state="${state}"}`;
const failures = (tool: string) => `mcp_tool_errors_total{server="faulty",tool="${tool}",error_type="unavailable"}`;

const pidOf = async (client: RawClient) => Number(await client.callForText('pid'));

/** Begins a session with a server that does not start as it should. */
async function failedStart(pod: Pod) {
  const client = pod.client();
  const response = await client.post(client.request('initialize', INITIALIZE));
  return { status: response.status, session: response.headers.get('mcp-session-id'), ...await lastMessage(response) };
}

async function untilSettled(pod: Pod, sessions: number): Promise<void> {
  await eventually('the metrics show what is there', async () => await pod.metric(SESSIONS) === sessions
    && await pod.metric(processes('running')) === sessions
    && await pod.metric(processes('starting')) + await pod.metric(processes('stopping')) === 0);
  await pod.untilNoZombie();
}

describeConnectors('a server that dies', (connector) => {
  it.concurrent.for(['exit', 'half a line and exit'])('at its start (%s) is an error at once, and heals', async (behaviour, { onTestFinished }) => {
    const pod = await Pod.start(connector, {}, onTestFinished);
    const other = await pod.session();
    pod.atStart(behaviour);
    expect(await failedStart(pod)).toMatchObject({
      status: 502, session: null, error: { message: expect.stringContaining('The server\'s process ended (exit code') as string },
    });
    await pod.untilReady(503);
    expect(await other.callForText('echo', { text: 'not affected' })).toBe('not affected');
    pod.atStart(undefined);
    await pod.untilReady();
    await pod.session();
    await untilSettled(pod, 2);
  });

  it.concurrent.for<[string, string, (client: RawClient, pid: number) => unknown]>([
    ['by itself', 'exit code 3', (client: RawClient) => client.call('exit', { code: 3 })],
    ['by a signal', 'signal SIGKILL', (_: RawClient, pid: number) => process.kill(pid, 'SIGKILL')],
    ['after half a line', 'exit code 0', (client: RawClient) => client.call('half a line', { then: 'exit' })],
  ])('in mid-call %s fails its calls at once, and no others', async ([, how, die], { onTestFinished }) => {
    const pod = await Pod.start(connector, {}, onTestFinished);
    const [client, other] = await Promise.all([pod.session(), pod.session()]);
    const pid = await pidOf(client);
    const inFlight = client.call('hang');
    const others = other.call('count', { call: 'other', ms: 500 });
    await client.callForText('echo', { text: 'the call before has arrived' });
    const dying = die(client, pid);
    expect((await inFlight).error).toEqual({ code: -32603, message: `The server's process ended (${how})` });
    await dying;
    expect((await client.post(client.request('ping'))).status).toBe(404);
    expect((await others).result).toBeDefined();
    expect(await pidOf(await pod.session())).not.toBe(pid);
    expect(await pod.readiness()).toBe(200);
    expect(await pod.metric(failures('hang'))).toBe(1);
    await untilSettled(pod, 2);
  });

  it.concurrent('between calls ends its session, and the client begins another', async ({ onTestFinished }) => {
    const pod = await Pod.start(connector, {}, onTestFinished);
    const client = await pod.session();
    const stream = await client.get();
    process.kill(await pidOf(client), 'SIGKILL');
    await stream.text();
    expect((await client.post(client.toolCall('pid'))).status).toBe(404);
    client.sessionId = undefined;
    await client.initialize();
    expect(await client.callForText('echo', { text: 'again' })).toBe('again');
    expect(await pod.readiness()).toBe(200);
    await untilSettled(pod, 1);
  });

  it.concurrent('in a shared process fails the calls in it, and their sessions go on in another', async ({ onTestFinished }) => {
    const pod = await Pod.start(connector, { isolation: 'shared' }, onTestFinished);
    const [client, other] = await Promise.all([pod.session(), pod.session()]);
    const inFlight = [client.call('hang'), other.call('hang')];
    await client.callForText('echo', { text: 'arrived' });
    await other.callForText('echo', { text: 'arrived' });
    process.kill(await pidOf(other), 'SIGKILL');
    for (const { error } of await Promise.all(inFlight)) {
      expect(error?.message).toBe('The server\'s process ended (signal SIGKILL)');
    }
    expect(await client.callForText('echo', { text: 'goes on' })).toBe('goes on');
    expect(await other.callForText('echo', { text: 'goes on' })).toBe('goes on');
    expect(await pod.readiness()).toBe(200);
  });

  it.concurrent('while it holds half a line does not mix it with what the next one says', async ({ onTestFinished }) => {
    const pod = await Pod.start(connector, {}, onTestFinished);
    const client = await pod.session();
    const half = client.call('half a line', { then: 'stop' });
    // Whoever writes on completes the line, and the call has its answer.
    expect(await client.callForText('finish the line')).toBe('finished');
    expect((await half).result).toEqual({ content: [] });
    const again = client.call('half a line', { then: 'stop' });
    const pid = await pidOf(await pod.session());
    expect(pid).toBeGreaterThan(0);
    await eventually('half a line was written', () => pod.serverProcesses().length === 2);
    await client.delete();
    expect((await again).error?.message).toBe('The client has ended the session');
    await untilSettled(pod, 1);
  });
});
