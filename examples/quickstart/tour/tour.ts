import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { allowed, chapter, dim, line, refused } from './print';
import type { FleetDescription } from './local-fleet';
import type { User } from './users';

interface Users {
  /** Of the group engineering. */
  readonly alice: User;
  /** Of the group support. */
  readonly bob: User;
}

/** What two users see and may do. Throws when the fleet does not do what its program says. */
export async function showWhatUsersMayDo({ alice, bob }: Users): Promise<void> {
  chapter(3, 'Alice is in engineering (client: SDK 1). She may use everything.');
  const hers = await alice.toolNames();
  line(`   sees ${countByServer(hers)}`);
  await show(alice, 'files__write_file', { path: 'welcome.txt', content: 'Hello from a fleet of MCP servers.' });
  await show(alice, 'memory__create_entities', {
    entities: [{ name: 'cdk8s-mcp', entityType: 'project', observations: ['runs fleets of MCP servers'] }],
  });
  const found = await show(alice, 'memory__search_nodes', { query: 'fleets' });
  assert.match(found, /cdk8s-mcp/, 'what was remembered is found again in the same session');
  await show(alice, 'everything__echo', { message: 'one tool of the protocol\'s showcase' });

  chapter(4, 'Bob is in support (client: SDK 2). He may read files and use the memory.');
  const his = await bob.toolNames();
  line(`   sees ${countByServer(his)}`);
  const text = await show(bob, 'files__read_text_file', { path: 'welcome.txt' });
  assert.match(text, /Hello from a fleet/);
  await showRefusal(bob, 'files__write_file', { path: 'welcome.txt', content: 'overwritten' });
  await showRefusal(bob, 'everything__echo', { message: 'is anybody there?' });
  assert.ok(his.length < hers.length && !his.includes('files__write_file'), 'his list holds what he may call, no more');
}

export async function showRegistry({ url }: FleetDescription, bobsToken: string): Promise<void> {
  chapter(5, 'The registry tells Bob what exists for him, and is healthy: GET /discover');
  const response = await fetch(`${url}/discover`, { headers: { Authorization: `Bearer ${bobsToken}` } });
  const { servers } = await response.json() as { servers: { name: string; tier: string; url: string }[] };
  for (const server of servers) {
    line(`   ${server.name.padEnd(8)} ${server.tier.padEnd(8)} ${dim(server.url)}`);
  }
  assert.deepEqual(servers.map(({ name }) => name).sort(), ['files', 'memory']);
  const stranger = await fetch(`${url}/mcp`, { method: 'POST' });
  assert.equal(stranger.status, 401);
  line('   Somebody without a token gets 401 and learns where to sign in:');
  line(dim(`     ${stranger.headers.get('www-authenticate') ?? ''}`));
}

export async function showRecords({ auditLog, gateway }: FleetDescription): Promise<void> {
  chapter(6, 'Every call is on record: who, what, and by which policy');
  const records = readFileSync(auditLog, 'utf8').trim().split('\n').map((text) => JSON.parse(text) as AuditRecord);
  const calls = records.filter(({ method }) => method === 'tools/call');
  assert.ok(calls.some(({ decision }) => decision?.outcome === 'deny'), 'refusals are on record, too');
  for (const { principal, server, target, decision, duration_ms: duration } of calls) {
    const who = (principal?.subject ?? '?').padEnd(6);
    const what = `${server ?? '?'}/${target ?? '?'}`.padEnd(24);
    line(`   ${who} ${what} ${(decision?.outcome ?? '?').padEnd(5)} ${duration.toFixed(1).padStart(7)} ms  `
      + dim(decision?.policies.join(', ') ?? ''));
  }
  chapter(7, 'And counted');
  const metrics = await (await fetch(`${gateway.admin}/metrics`)).text();
  const interesting = /^(mcp_tool_requests_total|mcp_tool_errors_total|mcp_gateway_decisions_total)\{.*\} [1-9]/;
  metrics.split('\n').filter((text) => interesting.test(text)).forEach((text) => line(`   ${dim(text)}`));
}

interface AuditRecord {
  readonly principal?: { readonly subject: string };
  readonly method?: string;
  readonly server?: string;
  readonly target?: string;
  readonly decision?: { readonly outcome: string; readonly policies: string[] };
  readonly duration_ms: number;
}

async function show(user: User, tool: string, args: Record<string, unknown>): Promise<string> {
  const answer = await user.call(tool, args);
  allowed(`${tool} ${brief(args)}`, shorten(answer));
  return answer;
}

async function showRefusal(user: User, tool: string, args: Record<string, unknown>): Promise<void> {
  const answer = await user.call(tool, args).then(
    (text) => assert.fail(`${tool} should have been refused, but it answered: ${text}`),
    (error: unknown) => (error as Error).message,
  );
  refused(`${tool} ${brief(args)}`, shorten(answer));
}

function countByServer(tools: string[]): string {
  const counts = new Map<string, number>();
  for (const tool of tools) {
    const server = tool.slice(0, tool.indexOf('__'));
    counts.set(server, (counts.get(server) ?? 0) + 1);
  }
  return [...counts].map(([server, count]) => `${count} tools of ${server}`).join(', ');
}

function brief(args: Record<string, unknown>): string {
  return shorten(Object.values(args).map((value) => JSON.stringify(value)).join(' '));
}

function shorten(text: string): string {
  return text.length > 96 ? `${text.slice(0, 95)}…` : text;
}
