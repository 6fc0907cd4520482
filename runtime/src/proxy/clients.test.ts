import { createRequire } from 'node:module';
import { describe, expect, it, vi } from 'vitest';
import { SDKS } from '../testing/sdk-clients';
import { startTestProxy, type TestProxy } from './testing/test-proxy';

async function connect(connectClient: (typeof SDKS)[number][1], proxy?: TestProxy) {
  return connectClient((proxy ?? await startTestProxy()).url);
}

describe.each(SDKS)('the client of %s in its default settings', (_name, sdk) => {
  it('lists and calls', async () => {
    const client = await connect(sdk);
    expect(await client.tools()).toContain('echo');
    expect(await client.prompts()).toEqual(['greet']);
    expect(await client.resources()).toEqual(['test://readme']);
    expect(await client.call('echo', { text: 'hello' })).toBe('hello');
    expect(await client.call('fail')).toBe('this tool always fails');
  });

  it('has calls in flight at the same time', async () => {
    const client = await connect(sdk);
    const texts = Array.from({ length: 50 }, (_, index) => `text ${index}`);
    expect(await Promise.all(texts.map((text) => client.call('echo', { text })))).toEqual(texts);
  });

  it('is asked, by elicitation and by sampling', async () => {
    const client = await connect(sdk);
    expect(await client.call('ask', { question: 'Who?' })).toBe('Hello, Ada');
    expect(await client.call('sample', { prompt: 'Say something' })).toBe('sampled');
    expect(await Promise.all([1, 2, 3].map(() => client.call('ask', { question: 'Who?' }))))
      .toEqual(Array(3).fill('Hello, Ada'));
  });

  it('sees progress and log messages', async () => {
    const client = await connect(sdk);
    const steps: number[] = [];
    await client.call('progress', { steps: 4 }, (progress) => steps.push(progress));
    expect(steps).toEqual([1, 2, 3, 4]);
    await client.call('log', { message: 'during a call' });
    await client.call('notify', { message: 'after a call' });
    await vi.waitFor(() => expect(client.logged).toEqual(['during a call', 'after a call']), { timeout: 5000 });
  });

  it('does not see the state of another session', async () => {
    const proxy = await startTestProxy();
    const [one, two] = await Promise.all([connect(sdk, proxy), connect(sdk, proxy)]);
    await one.call('increment');
    expect(await one.call('increment')).toBe('2');
    expect(await two.call('increment')).toBe('1');
  });

  it('learns that the server has crashed, ends the session, and begins another', async () => {
    const proxy = await startTestProxy();
    const client = await connect(sdk, proxy);
    await expect(client.call('crash', { code: 9 })).rejects.toThrow('The server\'s process ended (exit code 9)');
    await expect(client.call('pid')).rejects.toThrow();
    expect(await (await connect(sdk, proxy)).call('increment')).toBe('1');
  });

  it('ends its session', async () => {
    const proxy = await startTestProxy();
    const client = await connect(sdk, proxy);
    await client.terminate();
    expect(await proxy.metric('mcp_sessions_active{server="fixture"}')).toBe(0);
  });

  it('works with a published server', async () => {
    const proxy = await startTestProxy({
      server: 'everything',
      connector: { type: 'child', npm: { package: '@modelcontextprotocol/server-everything', version: versionOf('@modelcontextprotocol/server-everything') } },
    });
    const client = await connect(sdk, proxy);
    expect(await client.call('echo', { message: 'hello' })).toBe('Echo: hello');
    expect(await client.call('trigger-sampling-request', { prompt: 'hi' })).toContain('sampled');
    expect(await client.call('trigger-elicitation-request')).toContain('Ada');
    const steps: number[] = [];
    await client.call('trigger-long-running-operation', { duration: 0.2, steps: 2 }, (step) => steps.push(step));
    expect(steps).toEqual([1, 2]);
  });
});

function versionOf(packageName: string): string {
  const manifest = createRequire(import.meta.url)(`${packageName}/package.json`) as unknown;
  return (manifest as { version: string }).version;
}
