import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ProxyConfigInput } from '../../lib/contract/proxy-config';
import { LOSSES_META_KEY } from '../../runtime/src/bridge/losses';
import { findPackageProgram } from '../../runtime/src/proxy/npm-package';
import { SDKS_OF_ALL_ERAS, type SdkClient } from '../../runtime/src/testing/sdk-clients';
import { SharedProxy } from '../support/shared-proxy';
import { findTool } from '../support/tools';

const PATIENCE = { timeout: 10_000 };

const mcpServerTime = findTool('mcp-server-time');

/** How the proxy starts a server that is installed here. */
function published(name: string, ...args: string[]): ProxyConfigInput['connector'] {
  const packageName = `@modelcontextprotocol/server-${name}`;
  return { type: 'child', npm: { package: packageName, version: versionOf(packageName), args } };
}

function versionOf(packageName: string): string {
  return (createRequire(import.meta.url)(`${packageName}/package.json`) as { version: string }).version;
}

/** A proxy that all tests of a `describe` share, in front of one server. */
function proxyFor(config: () => Parameters<typeof SharedProxy.start>[0]) {
  let proxy: SharedProxy;
  beforeAll(async () => {
    proxy = await SharedProxy.start(config());
  });
  afterAll(() => proxy.stop());
  return () => proxy;
}

/** A directory that is there while the tests of a `describe` run. */
function temporaryDirectory(): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'real-servers-')));
  afterAll(() => rmSync(directory, { recursive: true }));
  return directory;
}

describe('server-everything', () => {
  const proxy = proxyFor(() => ({ connector: published('everything') }));
  const RESOURCE = 'demo://resource/dynamic/text/7';

  describe.each(SDKS_OF_ALL_ERAS)('with the client of %s', (_name, sdk) => {
    const connect = (capabilities?: object): Promise<SdkClient> =>
      sdk(proxy().url, proxy().credentialsOf(proxy().newcomer()), capabilities);

    it('lists, calls, reads, prompts and completes', async () => {
      const client = await connect();
      expect(await client.tools()).toEqual(expect.arrayContaining(['echo', 'get-sum', 'trigger-sampling-request']));
      expect(await client.prompts()).toContain('completable-prompt');
      expect(await client.resources()).toContain('demo://resource/static/document/features.md');
      expect(await client.call('echo', { message: 'hello' })).toBe('Echo: hello');
      expect(await client.call('get-sum', { a: 2, b: 3 })).toContain('5');
      expect(JSON.parse(await client.call('get-structured-content', { location: 'Chicago' }))).toMatchObject({
        conditions: 'Light rain / drizzle',
      });
      expect(await client.read(RESOURCE)).toMatch(/^Resource 7: /);
      expect(await client.prompt('args-prompt', { city: 'Paris' })).toContain('Paris');
      expect(await client.complete('completable-prompt', 'department', 'M')).toEqual(['Marketing']);
    });

    it('says what is wrong with a call', async () => {
      const client = await connect();
      expect(await client.call('get-sum', { a: 'two' })).toContain('nvalid arguments');
      await expect(client.read('demo://resource/dynamic/text/none')).rejects.toThrow('Unknown resource');
    });

    it('asks by sampling and by elicitation', async () => {
      const client = await connect();
      expect(await client.call('trigger-sampling-request', { prompt: 'hi' })).toContain('sampled');
      expect(await client.call('trigger-elicitation-request')).toContain('- Name: Ada');
      expect(client.asked).toEqual(['sampling/createMessage', 'elicitation/create']);
    });

    it('asks for a visit to a URL where the client can do that', async () => {
      expect(await (await connect()).tools()).not.toContain('trigger-url-elicitation');
      const client = await connect({ elicitation: { form: {}, url: {} } });
      const answer = await client.call('trigger-url-elicitation', { url: 'https://example.com/', message: 'Please' });
      expect(answer).toContain('accept');
      expect(client.asked).toEqual(['elicitation/create']);
    });

    it('reports its progress', async () => {
      const client = await connect();
      const steps: number[] = [];
      await client.call('trigger-long-running-operation', { duration: 0.2, steps: 4 }, (step) => steps.push(step));
      expect(steps).toEqual([1, 2, 3, 4]);
    });

    it('logs to a client that wants to hear of it', async () => {
      const client = await connect();
      await client.logFrom('debug');
      await client.call('toggle-simulated-logging');
      await vi.waitFor(() => expect(client.logged).not.toEqual([]), PATIENCE);
      expect(String(client.logged[0])).toMatch(/level[- ]message/);
    });

    it('tells of changes of a resource', async () => {
      const client = await connect();
      await client.watch(RESOURCE);
      await client.call('toggle-subscriber-updates');
      await vi.waitFor(() => expect(client.changed).toContain(RESOURCE), PATIENCE);
    });
  });

  it('has tasks of its era, of which a client of 2026-07-28 learns that they are lost', async () => {
    const client = proxy().modern();
    const { result } = await client.send(client.request('server/discover'));
    expect(result).toMatchObject({
      _meta: { [LOSSES_META_KEY]: [{ feature: 'tasks', reason: 'other-era' }, { feature: 'roots', reason: 'withheld' }] },
    });
    expect(result.capabilities).not.toHaveProperty('tasks');
    const listed = await client.send(client.request('tools/list'));
    expect(JSON.stringify(listed.result)).not.toContain('taskSupport');
  });

  it('requires a visit to a URL before it serves a client of 2026-07-28', async () => {
    const [, sdk] = SDKS_OF_ALL_ERAS[2];
    const client = await sdk(proxy().url, proxy().credentialsOf(proxy().newcomer()), { elicitation: { url: {} } });
    const answer = await client.call('trigger-url-elicitation', { url: 'https://example.com/', errorPath: true });
    expect(answer).toContain('accept');
    expect(client.asked).toEqual(['elicitation/create', 'elicitation/create']);
  });
});

describe('server-filesystem', () => {
  const granted = temporaryDirectory();
  const proxy = proxyFor(() => ({ connector: published('filesystem', granted) }));

  it.each(SDKS_OF_ALL_ERAS)('works in its directory with the client of %s', async (name, sdk) => {
    const client = await sdk(proxy().url, proxy().credentialsOf(proxy().newcomer()));
    const folder = join(granted, name);
    mkdirSync(folder);
    const path = join(folder, 'notes.txt');
    await client.call('write_file', { path, content: 'first line\nsecond line\n' });
    await client.call('edit_file', { path, edits: [{ oldText: 'second', newText: 'last' }] });
    expect(readFileSync(path, 'utf8')).toBe('first line\nlast line\n');
    expect(await client.call('read_text_file', { path, head: 1 })).toBe('first line');
    expect(await client.call('list_directory', { path: folder })).toBe('[FILE] notes.txt');
    expect(await client.call('search_files', { path: granted, pattern: '**/*.txt' })).toContain(path);
  });

  it.each(SDKS_OF_ALL_ERAS)('gives nothing to the client of %s for its root /', async (_name, sdk) => {
    const client = await sdk(proxy().url, proxy().credentialsOf(proxy().newcomer()), { roots: { listChanged: true } });
    expect(await client.call('list_allowed_directories')).toBe(`Allowed directories:\n${granted}`);
    expect(await client.call('read_text_file', { path: '/etc/hostname' })).toContain('Access denied');
    expect(client.asked).toEqual([]);
  });
});

describe('server-memory', () => {
  const directory = temporaryDirectory();
  // Each of its processes has a memory of its own.
  const program = findPackageProgram('@modelcontextprotocol/server-memory',
    versionOf('@modelcontextprotocol/server-memory'), process.cwd());
  const proxy = proxyFor(() => ({
    isolation: 'principal',
    connector: {
      type: 'child',
      command: ['/bin/sh', '-c', 'MEMORY_FILE_PATH="$1/$$.jsonl" exec "$2" "$3"', 'sh', directory, process.execPath, program],
    },
  }));

  it('remembers for a principal whatever client it uses, and for nobody else', async () => {
    const [alice, bob] = [proxy().newcomer(), proxy().newcomer()];
    for (const [name, sdk] of SDKS_OF_ALL_ERAS) {
      const client = await sdk(proxy().url, proxy().credentialsOf(alice));
      await client.call('create_entities', { entities: [{ name, entityType: 'client', observations: ['was here'] }] });
    }
    const names = SDKS_OF_ALL_ERAS.map(([name]) => name);
    for (const [, sdk] of SDKS_OF_ALL_ERAS) {
      const own = await (await sdk(proxy().url, proxy().credentialsOf(alice))).call('read_graph');
      expect((JSON.parse(own) as { entities: { name: string }[] }).entities.map(({ name }) => name)).toEqual(names);
      const others = await sdk(proxy().url, proxy().credentialsOf(bob));
      expect(JSON.parse(await others.call('search_nodes', { query: 'client' }))).toMatchObject({ entities: [] });
    }
    expect(await proxy().processes()).toBe(2);
  });
});

describe('server-sequential-thinking', () => {
  const proxy = proxyFor(() => ({ connector: published('sequential-thinking') }));

  it.each(SDKS_OF_ALL_ERAS)('follows the thoughts of the client of %s', async (_name, sdk) => {
    const client = await sdk(proxy().url, proxy().credentialsOf(proxy().newcomer()));
    const histories: unknown[] = [];
    for (const thoughtNumber of [1, 2, 3]) {
      const thought = { thought: 'so be it', thoughtNumber, totalThoughts: 3, nextThoughtNeeded: thoughtNumber < 3 };
      histories.push(JSON.parse(await client.call('sequentialthinking', thought)));
    }
    expect(histories).toMatchObject([1, 2, 3].map((thoughtHistoryLength) => ({ thoughtHistoryLength })));
  });
});

describe.skipIf(mcpServerTime === undefined)('mcp-server-time, which is written in Python', () => {
  const proxy = proxyFor(() => ({
    isolation: 'shared',
    connector: { type: 'child', command: [mcpServerTime!, '--local-timezone', 'UTC'] },
  }));

  it('tells every client the time, by one process for each era that it speaks', async () => {
    for (const [, sdk] of SDKS_OF_ALL_ERAS) {
      const client = await sdk(proxy().url, proxy().credentialsOf(proxy().newcomer()));
      expect(await client.tools()).toEqual(['get_current_time', 'convert_time']);
      expect(JSON.parse(await client.call('get_current_time', { timezone: 'Asia/Tokyo' }))).toMatchObject({
        timezone: 'Asia/Tokyo', is_dst: false,
      });
      const conversion = { source_timezone: 'Asia/Tokyo', time: '12:00', target_timezone: 'Asia/Kolkata' };
      expect(JSON.parse(await client.call('convert_time', conversion))).toMatchObject({ time_difference: '-3.5h' });
      expect(await client.call('get_current_time', { timezone: 'Moon/Crater' })).toContain('Moon/Crater');
    }
    expect(await proxy().processes()).toBe(2);
  });
});
