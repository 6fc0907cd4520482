import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { textOf, TestFleet, type Edit } from '../support/local-fleet';

/** What runs is what the manifests say: somebody edits a copy of them, and the answers change accordingly. */

/** Replaces in all files, and fails when there was nothing to replace: the test would show nothing. */
function replacing(...pairs: [from: string | RegExp, to: string][]): Edit {
  return (files) => pairs.reduce((all, [from, to]) => {
    const edited = Object.fromEntries(Object.entries(all).map(([file, text]) => [file, text.replaceAll(from, to)]));
    expect(edited, `${String(from)} occurs`).not.toEqual(all);
    return edited;
  }, files);
}

describe('an edited copy of the manifests', () => {
  let fleet: TestFleet;

  beforeAll(async () => {
    fleet = await TestFleet.start('quickstart', replacing(
      // A policy: support may write, and no longer list.
      ['Mcp::Tool::"files/list_directory"', 'Mcp::Tool::"files/write_file"'],
      // A port: the memory server listens elsewhere, and the gateway knows.
      [/(server: memory\n\s+listen: 0\.0\.0\.0:)8080/g, '$18181'],
      [/(name: memory\n\s+namespace: utility\nspec:\n\s+clusterIP: None\n\s+ports:\n\s+- appProtocol: http\n\s+name: mcp\n\s+port: )8080(\n\s+protocol: TCP\n\s+targetPort: )8080/g, '$18181$28181'],
      ['http://memory.utility.svc:8080/mcp', 'http://memory.utility.svc:8181/mcp'],
      // The list of servers: the gateway no longer knows this one.
      [/ +- name: everything\n +namespace: experimental\n +tier: experimental\n +url: .*\n +takesAssertions: true\n/g, ''],
    ));
  });

  afterAll(() => fleet.stop());

  test('permits and refuses by the edited policy', async () => {
    const bob = await fleet.connect(fleet.token('bob', 'support'), '/servers/files/mcp');
    expect((await bob.listTools()).tools.map(({ name }) => name).sort()).toEqual(['read_text_file', 'write_file']);
    await bob.callTool({ name: 'write_file', arguments: { path: 'a.txt', content: 'by bob' } });
    expect(textOf(await bob.callTool({ name: 'read_text_file', arguments: { path: 'a.txt' } }))).toBe('by bob');
    await expect(bob.callTool({ name: 'list_directory', arguments: { path: '.' } })).rejects.toThrow('Unknown tool: list_directory');
  });

  test('reaches the server at its edited port', async () => {
    const alice = await fleet.connectModern(fleet.token('alice', 'engineering'), '/servers/memory/mcp');
    expect(textOf(await alice.callTool({ name: 'read_graph', arguments: {} }))).toContain('entities');
  });

  test('has lost the server that the list no longer names', async () => {
    const token = fleet.token('alice', 'engineering');
    await expect(fleet.connect(token, '/servers/everything/mcp')).rejects.toThrow(/404|not found/i);
    const alice = await fleet.connect(token);
    const servers = new Set((await alice.listTools()).tools.map(({ name }) => name.split('__')[0]));
    expect([...servers].sort()).toEqual(['files', 'memory']);
  });
});

describe('a Service whose targetPort nobody listens on', () => {
  test('leads nowhere, as in a cluster, and up says so', async () => {
    const fleet = await TestFleet.start('quickstart', replacing(
      [/(name: memory\n\s+namespace: utility\nspec:\n\s+clusterIP: None\n\s+ports:\n\s+- appProtocol: http\n\s+name: mcp\n\s+port: 8080\n\s+protocol: TCP\n\s+targetPort: )8080/g, '$17777'],
    ));
    try {
      expect(fleet.reported).toMatch(/memory.*7777/);
      const alice = await fleet.connect(fleet.token('alice', 'engineering'));
      const servers = new Set((await alice.listTools()).tools.map(({ name }) => name.split('__')[0]));
      expect([...servers].sort(), 'the rest of the fleet works').toEqual(['everything', 'files']);
    } finally {
      await fleet.stop();
    }
  });
});
