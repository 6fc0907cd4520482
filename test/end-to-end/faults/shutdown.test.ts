import { Client as ModernSdkClient, StreamableHTTPClientTransport as ModernTransport } from '@modelcontextprotocol/client';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { expect, it } from 'vitest';
import { lastMessage, type RawClient } from '../../../runtime/src/testing/raw-client';
import { describeConnectors, Pod } from '../../support/faults/pod';
import { eventually } from '../../support/processes';

const CALL_MS = 20;

/** What became of calls, by their names. */
class Tally {
  readonly answered: string[] = [];
  /** With the HTTP status. */
  readonly refused: [string, number][] = [];
  /** No HTTP answer came, though there was a connection: the reason. */
  readonly lost: [string, string][] = [];
  /** Answered with a JSON-RPC error. */
  readonly failed: [string, string][] = [];
}

function reasonOf(error: unknown): string {
  const { message, cause } = error as Error & { cause?: { code?: string; message?: string } };
  return `${message}: ${cause?.code ?? cause?.message ?? ''}`;
}

/** Calls in a session, one after another, until the session is refused. */
async function callUntilRefused(client: RawClient, name: string, tally: Tally): Promise<void> {
  for (let number = 0; ; number++) {
    const call = `${name}-${number}`;
    try {
      const response = await client.post(client.toolCall('count', { call, ms: CALL_MS }));
      const { error } = await lastMessage(response);
      if (response.status !== 200) {
        tally.refused.push([call, response.status]);
        return;
      }
      if (error === undefined) {
        tally.answered.push(call);
      } else {
        tally.failed.push([call, error.message]);
      }
    } catch (error) {
      const reason = reasonOf(error);
      // Whoever has not been connected knows for sure that nothing has been executed.
      if (!reason.includes('ECONNREFUSED')) {
        tally.lost.push([call, reason]);
      }
      return;
    }
  }
}

const executed = (pod: Pod) => pod.notes.flatMap((note) => note.startsWith('count ') ? [note.slice(6)] : []).sort();

function expectNothingLost(pod: Pod, tally: Tally): void {
  expect(tally.lost).toEqual([]);
  expect(tally.failed).toEqual([]);
  expect(tally.refused.filter(([, status]) => status !== 404 && status !== 503)).toEqual([]);
  // Whatever was executed was answered, once, and nothing else.
  expect(executed(pod)).toEqual([...tally.answered].sort());
}

describeConnectors('the end of a pod under load', (connector) => {
  it.concurrent.for(['session', 'shared'] as const)('loses no call, in isolation %s', async (isolation, { onTestFinished }) => {
    const pod = await Pod.start(connector, { isolation, limits: { drainSeconds: 10 } }, onTestFinished);
    const tally = new Tally();
    const clients = await Promise.all(Array.from({ length: 12 }, () => pod.session()));
    const calling = clients.map((client, number) => callUntilRefused(client, `${number}`, tally));
    await eventually('all are calling', () => tally.answered.length > 50);
    await Promise.all([pod.stop(), ...calling]);
    expectNothingLost(pod, tally);
    expect(await pod.proxy.exited).toBe(0);
    expect(pod.serverProcesses()).toEqual([]);
  });

  it.concurrent('goes on with calls while not everybody knows of it, and begins no sessions', async ({ onTestFinished }) => {
    const pod = await Pod.start(connector, { limits: { drainSeconds: 10, lagSeconds: 2 } }, onTestFinished);
    const tally = new Tally();
    const clients = await Promise.all(Array.from({ length: 4 }, () => pod.session()));
    const calling = clients.map((client, number) => callUntilRefused(client, `${number}`, tally));
    await eventually('all are calling', () => tally.answered.length > 20);
    const stopping = pod.stop();
    await pod.untilReady(503);
    const answeredBefore = tally.answered.length;
    const newcomer = pod.client();
    const refused = await newcomer.post(newcomer.request('initialize', {
      protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'late', version: '1' },
    }));
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, expect.stringMatching(/^\d+$/)]);
    await eventually('calls go on during the lag', () => tally.answered.length > answeredBefore + 40);
    await Promise.all([stopping, ...calling]);
    expectNothingLost(pod, tally);
  });

  it.concurrent('waits for a long call and its answer', async ({ onTestFinished }) => {
    const pod = await Pod.start(connector, { limits: { drainSeconds: 20 } }, onTestFinished);
    const client = await pod.session();
    const long = client.call('count', { call: 'long', ms: 2000 });
    await eventually('it runs', () => executed(pod).length === 1);
    await pod.stop();
    expect((await long).result).toEqual({ content: [{ type: 'text', text: 'long' }] });
  });

  it.concurrent('does not wait for a call that takes longer than it may', async ({ onTestFinished }) => {
    const pod = await Pod.start(connector, { limits: { drainSeconds: 0.5 } }, onTestFinished);
    const client = await pod.session();
    const hanging = client.call('hang');
    await client.callForText('echo', { text: 'arrived' });
    await pod.stop();
    expect((await hanging).error?.message).toBe('The server is shutting down');
  });

  it.concurrent('loses no call of SDK clients of either era', async ({ onTestFinished }) => {
    const pod = await Pod.start(connector, { limits: { drainSeconds: 10, lagSeconds: 1 } }, onTestFinished);
    const legacy = new Client({ name: 'legacy', version: '1' });
    await legacy.connect(new StreamableHTTPClientTransport(new URL(pod.url)));
    const modern = new ModernSdkClient({ name: 'modern', version: '1' }, { versionNegotiation: { mode: 'auto' } });
    await modern.connect(new ModernTransport(new URL(pod.url)));
    const answered: string[] = [];
    const callUntilFailure = async (client: Pick<Client, 'callTool'> | ModernSdkClient, name: string): Promise<string> => {
      for (let number = 0; ; number++) {
        const call = `${name}-${number}`;
        try {
          await client.callTool({ name: 'count', arguments: { call, ms: CALL_MS } });
          answered.push(call);
        } catch (error) {
          return reasonOf(error);
        }
      }
    };
    const calling = [callUntilFailure(legacy, 'legacy'), callUntilFailure(modern, 'modern')];
    await eventually('both are calling', () =>
      ['legacy', 'modern'].every((name) => answered.filter((call) => call.startsWith(name)).length > 5));
    const [, ...reasons] = await Promise.all([pod.stop(), ...calling]);
    expect(executed(pod)).toEqual([...answered].sort());
    expect(reasons).toEqual([expect.any(String), expect.any(String)]);
    for (const reason of reasons) {
      expect(reason).not.toMatch(/ECONNRESET|terminated|hang up|other side closed|UND_ERR/);
    }
    await Promise.allSettled([legacy.close(), modern.close()]);
  });
});
