import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINEERING, MixedFleet, SUPPORT } from '../testing/mixed-fleet';
import { SDKS } from '../../testing/sdk-clients';

let mixed: MixedFleet;

beforeAll(async () => {
  mixed = await MixedFleet.start();
});

afterAll(() => mixed.stop());

describe.each(SDKS)('the client of %s', (_name, connect) => {
  const connectAs = async (claims: typeof ENGINEERING) =>
    connect(mixed.url, await mixed.fleet.token(claims));

  it('sees the tools of all servers that live as those of one', async () => {
    const client = await connectAs(ENGINEERING);
    const tools = await client.tools();
    expect(tools).toContain('files__echo');
    expect(tools).toContain('crm__echo');
    expect(tools.indexOf('files__pid')).toBeLessThan(tools.indexOf('crm__echo'));
    expect(await client.call('files__echo', { text: 'to files' })).toBe('to files');
    expect(await client.call('files__pid')).not.toBe(await client.call('crm__pid'));
  });

  it('sees and calls only what it may', async () => {
    const client = await connectAs(SUPPORT);
    expect(await client.tools()).toEqual(['files__echo']);
    expect(await client.call('files__echo', { text: 'hello' })).toBe('hello');
    await expect(client.call('files__pid')).rejects.toThrow('Unknown tool: files__pid');
    await expect(client.call('crm__echo', { text: 'x' })).rejects.toThrow('Unknown tool: crm__echo');
  });

  it('is asked by servers, by several at once, and sees progress', async () => {
    const client = await connectAs(ENGINEERING);
    const answers = ['files__ask', 'crm__ask'].map((tool) => client.call(tool, { question: 'Who?' }));
    expect(await Promise.all(answers)).toEqual(['Hello, Ada', 'Hello, Ada']);
    expect(await client.call('crm__sample', { prompt: 'Say something' })).toBe('sampled');
    const steps: number[] = [];
    await client.call('files__progress', { steps: 3 }, (progress) => steps.push(progress));
    expect(steps).toEqual([1, 2, 3]);
  });

  it('ends its session, and those of all servers', async () => {
    const client = await connectAs(ENGINEERING);
    await client.terminate();
    await expect(client.call('files__pid')).rejects.toThrow();
    await expect(client.call('crm__pid')).rejects.toThrow();
  });
});
