import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import type { RawClient } from '../../../runtime/src/testing/raw-client';
import { describeConnectors, Pod } from '../../support/faults/pod';
import { descriptorsOf } from '../../support/proc';
import { eventually } from '../../support/processes';

const MEBIBYTE = 1024 * 1024;
const SESSIONS = 'mcp_sessions_active{server="faulty"}';

/** A connection over which one request goes, and nothing is read unless the test does. */
function send(pod: Pod, { sessionId }: RawClient, method: 'GET' | 'POST', message?: object, headers: string[] = []): Socket {
  const { hostname, port, host } = new URL(pod.url);
  const body = message === undefined ? '' : JSON.stringify(message);
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true }).pause();
  socket.on('error', () => undefined); // what the test makes
  socket.write([
    `${method} /mcp HTTP/1.1`, `host: ${host}`, `mcp-session-id: ${sessionId}`, 'accept: application/json, text/event-stream',
    ...body === '' ? [] : ['content-type: application/json', `content-length: ${body.length}`], ...headers, '', body,
  ].join('\r\n'));
  return socket;
}

/** As many descriptors as there were, once connections of the test itself have timed out. */
function untilDescriptors(pod: Pod, most: number): Promise<unknown> {
  return eventually('descriptors are back', () => descriptorsOf(pod.proxyPid) <= most);
}

describeConnectors('a client that vanishes', (connector) => {
  it.concurrent('in the middle of streams, by reset, leaves its server and all others alone', async ({ onTestFinished }) => {
    const pod = await Pod.start(connector, {}, onTestFinished);
    const [client, other] = await Promise.all([pod.session(), pod.session()]);
    await client.callForText('echo', { text: 'warm' });
    const before = descriptorsOf(pod.proxyPid);
    const flood = { name: 'flood', arguments: { kind: 'notifications', bytes: 4 * MEBIBYTE } };
    for (let round = 0; round < 5; round++) {
      const stream = send(pod, client, 'GET');
      const call = send(pod, client, 'POST', client.request('tools/call', flood));
      await once(call.resume(), 'data');
      call.resetAndDestroy();
      stream.resetAndDestroy();
      // What it wrote for nobody is out of the way, and the session goes on.
      expect(await client.callForText('echo', { text: `${round}` })).toBe(`${round}`);
      expect(await other.callForText('echo', { text: 'not affected' })).toBe('not affected');
    }
    await untilDescriptors(pod, before);
    expect(await pod.metric(SESSIONS)).toBe(2);
  });

  it.concurrent('in the middle of a request, by reset, is forgotten', async ({ onTestFinished }) => {
    const pod = await Pod.start(connector, {}, onTestFinished);
    const client = await pod.session();
    await client.callForText('echo', { text: 'warm' });
    const before = descriptorsOf(pod.proxyPid);
    const sockets = Array.from({ length: 50 }, () => {
      const socket = send(pod, client, 'GET');
      socket.write(`POST /mcp HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n{"json`);
      return socket;
    });
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    sockets.forEach((socket) => socket.resetAndDestroy());
    await untilDescriptors(pod, before);
    expect(await client.callForText('echo', { text: 'goes on' })).toBe('goes on');
  });

  it.concurrent('without a word, its connections still open, has its session ended and its server, too', async ({ onTestFinished }) => {
    const pod = await Pod.start(connector, { limits: { idleSeconds: 2, callSeconds: 1 } }, onTestFinished);
    const before = descriptorsOf(pod.proxyPid);
    const client = await pod.session();
    const stream = send(pod, client, 'GET');
    const call = send(pod, client, 'POST', client.toolCall('hang'));
    const large = send(pod, client, 'POST', client.toolCall('large', { bytes: 4 * MEBIBYTE }));
    await pod.untilNoServerProcess();
    await eventually('its session has ended', async () => await pod.metric(SESSIONS) === 0);
    [stream, call, large].forEach((socket) => socket.resetAndDestroy());
    await untilDescriptors(pod, before + 2);
  });

  it.concurrent('by closing its half of a connection is taken for gone, and its session goes on', async ({ onTestFinished }) => {
    const pod = await Pod.start(connector, {}, onTestFinished);
    const client = await pod.session();
    const before = descriptorsOf(pod.proxyPid);
    const call = send(pod, client, 'POST', client.toolCall('count', { call: 'half', ms: 300 })).resume();
    await eventually('the call runs', () => pod.notes.includes('count half'));
    call.end();
    await once(call, 'close');
    expect(await client.callForText('echo', { text: 'goes on' })).toBe('goes on');
    await untilDescriptors(pod, before);
  });
});

describeConnectors('a client that reads slowly', (connector) => {
  it.concurrent('gets all there is, and holds up nobody else', async ({ onTestFinished }) => {
    const pod = await Pod.start(connector, {}, onTestFinished);
    const [client, other] = await Promise.all([pod.session(), pod.session()]);
    const response = await client.post(client.toolCall('large', { bytes: 8 * MEBIBYTE }));
    let bytes = 0;
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      bytes += chunk.length;
      if (bytes % 7 === 0) {
        expect(await other.callForText('echo', { text: 'between' })).toBe('between');
      }
    }
    expect(bytes).toBeGreaterThan(8 * MEBIBYTE);
    expect(await client.callForText('echo', { text: 'next' })).toBe('next');
  });
});
