import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { AssertionSigner } from '../auth/assertions/assertion-signer';
import { AssertionVerifier } from '../auth/assertions/assertion-verifier';
import { readSigningKey } from '../auth/assertions/signing-key';
import type { Principal } from '../auth/principal';
import { UsageError } from '../platform/usage-error';
import { describeFleet } from './describe-fleet';
import { fleetFileSchema } from './fleet-file';
import { prepareFleet, type FleetMember, type FleetOptions, type PreparedFleet } from './prepared-fleet';
import { planReport, readyReport } from './report';
import { StateDirectory } from './state-directory';
import { temporaryDirectory, writeManifests } from './testing/write-manifests';

const FIXTURE = 'test/fixtures/manifests/local-fleet';
const ALICE = { issuer: 'https://auth.example.com', subject: 'alice' };

interface Prepared {
  readonly fleet: PreparedFleet;
  readonly state: StateDirectory;
  readonly member: (id: string) => FleetMember;
  /** What a program of ours will read as its configuration. */
  readonly config: (id: string) => Record<string, unknown>;
}

async function prepare(options: Partial<FleetOptions> = {}): Promise<Prepared> {
  const state = StateDirectory.open(temporaryDirectory());
  const fleet = await prepareFleet({ directory: FIXTURE, commands: new Map(), cli: ['/cli.mjs'], ...options }, state);
  const member = (id: string): FleetMember => fleet.members.find((one) => one.id === id)!;
  return {
    fleet, state, member,
    config: (id) => {
      const { run } = member(id);
      return parse(readFileSync(run.kind === 'program' ? run.configFile : '', 'utf8')) as Record<string, unknown>;
    },
  };
}

/** A copy of the fixture with texts replaced in its file of servers. */
function edited(...replacements: [from: string, to: string][]): string {
  const directory = temporaryDirectory();
  cpSync(FIXTURE, directory, { recursive: true });
  const path = join(directory, 'servers/core.yaml');
  let text = readFileSync(path, 'utf8');
  for (const [from, to] of replacements) {
    expect(text).toContain(from);
    text = text.replace(from, to);
  }
  writeFileSync(path, text);
  return directory;
}

/** Who calls, as the proxy of the server `notes` learns it from the gateway. */
async function assertAndVerify(config: Prepared['config']): Promise<Principal> {
  const { assertionKeyFile } = config('mcp-system/mcp-gateway');
  const { assertionKeys } = config('core/notes');
  const signer = new AssertionSigner(await readSigningKey(assertionKeyFile as string));
  const verifier = await AssertionVerifier.create({
    server: 'notes', keysFile: assertionKeys as string, logger: pino({ level: 'silent' }),
  });
  return verifier.verify(await signer.sign(ALICE, 'notes'));
}

describe('a fleet is prepared from its manifests', () => {
  test('programs get their configuration with local addresses and paths', async () => {
    const { fleet, state, member, config } = await prepare();
    const gateway = member('mcp-system/mcp-gateway');
    const run = join(state.path, 'run');
    expect(config('mcp-system/mcp-gateway')).toMatchObject({
      listen: gateway.ports.get(8443),
      admin: gateway.ports.get(9090),
      publicUrl: `http://${gateway.ports.get(8443)!}`,
      authentication: { issuers: [{ issuer: fleet.issuer }] },
      policy: { directory: join(run, 'pods/mcp-system.mcp-gateway/containers/gateway/policy') },
      registryUrl: 'http://mcp-registry:8080',
    });
    expect(gateway.process.run).toEqual({
      program: ['/cli.mjs', 'gateway', '--config', join(run, 'pods/mcp-system.mcp-gateway/containers/gateway/config/gateway.yaml'),
        '--connect-to', join(run, 'connect-to/mcp-system')],
    });
    expect(gateway.process.environment.AUTH_ISSUER).toBe(fleet.issuer);
    expect(gateway.process.stdoutFile).toBe(state.auditLog);
    expect(config('core/notes')).toMatchObject({ connector: { npm: { args: [join(state.path, 'volumes/core.data-notes-0')] } } });
  });

  test('programs get all their arguments, with variables and paths of this machine', async () => {
    const config = '/etc/cdk8s-mcp/config/proxy.yaml';
    const directory = edited([`args: [proxy, --config, ${config}]`,
      `args: [proxy, --config, ${config}, --note, "$(NAME)=/data/x"]\n          env: [{name: NAME, value: v}]`]);
    const { member, state } = await prepare({ directory });
    expect(member('core/notes').process.run).toMatchObject({
      program: expect.arrayContaining(['--note', `v=${join(state.path, 'volumes/core.data-notes-0')}/x`]) as string[],
    });
  });

  test('session keys are made', async () => {
    const { config } = await prepare();
    const keys = JSON.parse(readFileSync(config('mcp-system/mcp-gateway').sessionKeysFile as string, 'utf8')) as object;
    expect(keys).toMatchObject({ keys: [{ kty: 'oct' }] });
  });

  test('what the gateway says of its callers is what proxies believe', async () => {
    const { config } = await prepare();
    expect(await assertAndVerify(config)).toEqual(ALICE);
  });

  test('keys that the manifests have are not used', async () => {
    const directory = edited();
    writeFileSync(join(directory, 'keys.yaml'),
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: mcp-assertion-keys, namespace: core}\ndata: {public-keys.json: "{}"}');
    const { config } = await prepare({ directory });
    expect(await assertAndVerify(config)).toEqual(ALICE);
  });

  test('Services lead to the processes', async () => {
    const { state, member } = await prepare();
    const lines = readFileSync(state.connectTo('mcp-system'), 'utf8').split('\n');
    expect(lines).toContain(`notes.core.svc:8080=${member('core/notes').ports.get(8080)!}`);
    expect(lines).toContain(`echo.core.svc.cluster.local:8000=${member('core/echo').ports.get(8080)!}`);
    expect(lines).toContain(`mcp-registry:8080=${member('mcp-system/mcp-registry').ports.get(8080)!}`);
    expect(lines.join()).not.toContain('crm');
  });

  test('all ports are different', async () => {
    const { fleet } = await prepare();
    const ports = [fleet.issuer, ...fleet.members.flatMap((member) => [...member.ports.values()])];
    expect(new Set(ports).size).toBe(9);
  });

  test('the gateway listens where it is told', async () => {
    expect((await prepare({ listen: '0.0.0.0:8123' })).fleet.url).toBe('http://127.0.0.1:8123');
    expect((await prepare({ listen: '[::1]:8123' })).fleet.url).toBe('http://[::1]:8123');
    expect((await prepare({ listen: '127.0.0.1:0' })).fleet.url).toMatch(/^http:\/\/127\.0\.0\.1:2\d{4}$|:3\d{4}$/);
  });

  test('an image runs by the command given for it, listening on PORT', async () => {
    const { member, state } = await prepare({ commands: new Map([['crm', 'node crm.js']]) });
    const { process, ports } = member('core/crm');
    expect(process.run).toEqual({ commandLine: 'node crm.js' });
    expect(process.environment).toMatchObject({ GREETING: 'hello', PORT: ports.get(8080)!.split(':')[1] });
    expect(readFileSync(state.connectTo('core'), 'utf8')).toContain(`\ncrm:8080=${ports.get(8080)!}\n`);
  });

  test('a server that the shim starts in the cluster is started by its proxy, with its environment and volumes', async () => {
    const directory = 'test/lib/__snapshots__/in-pod';
    const { fleet, member, config, state } = await prepare({ directory, commands: new Map([['memory', 'node memory.js']]) });
    expect(config('team/memory')).toMatchObject({
      listen: member('team/memory').ports.get(8080),
      connector: { type: 'child', command: ['/bin/sh', '-c', 'node memory.js'] },
      limits: { lagSeconds: 0, spareProcesses: 1 },
    });
    expect(member('team/memory').process.environment.MEMORY_FILE_PATH)
      .toBe(join(state.path, 'volumes/team.data-memory-0/memory.jsonl'));
    expect(readFileSync(state.connectTo('mcp-system'), 'utf8'))
      .toContain(`memory.team.svc:8080=${member('team/memory').ports.get(8080)!}`);
    const report = planReport(directory, fleet).join('\n');
    expect(report).toContain('connector in-pod → child, which starts node memory.js');
    expect(report).toContain("team/time: images do not run locally (registry.example.com/mcp/time:2026.8.31); give --command time='…' with a command that talks over stdin and stdout");
  });

  test('what is said about it has everything that differs', async () => {
    const { fleet, state } = await prepare();
    const plan = planReport(FIXTURE, fleet).join('\n');
    for (const said of ['tls dropped', 'issuers https://auth.example.com →', '1 NetworkPolicy', 'core/crm: images do not run']) {
      expect(plan).toContain(said);
    }
    expect(readyReport(fleet, state, { notReady: [], gatewayReady: true, command: 'npx cdk8s-mcp' }).join('\n'))
      .toContain(`${fleet.url}/mcp`);
    expect(readyReport(fleet, state, { notReady: ['core/echo'], gatewayReady: true, command: 'npx cdk8s-mcp' }).join('\n'))
      .toContain('The fleet is up, but not all of it: see above about core/echo.');
    const described = fleetFileSchema.parse(describeFleet(fleet, state));
    expect(described.servers.map(({ name }) => name)).toEqual(['notes', 'echo']);
    expect(described.servers[0]!.volumes['/data']).toBe(join(state.path, 'volumes/core.data-notes-0'));
  });
});

describe('an edited manifest changes the fleet', () => {
  test('a targetPort on which nobody listens leads nowhere', async () => {
    const directory = edited(['targetPort: 8080', 'targetPort: 8081']);
    const { fleet, state } = await prepare({ directory });
    expect(readFileSync(state.connectTo('mcp-system'), 'utf8')).not.toContain('notes.core.svc:8080');
    expect(fleet.warnings.join('\n')).toContain('Service core/notes');
  });

  test('a program that listens on loopback in its pod is reached by no Service', async () => {
    const directory = edited(['listen: 0.0.0.0:8080', 'listen: 127.0.0.1:8080']);
    const { fleet } = await prepare({ directory });
    expect(fleet.warnings.join('\n')).toContain('core/notes does not listen on 8080 by its configuration, but on: 9090');
  });

  test('a Secret of others that is no key of ours keeps the container from running', async () => {
    const directory = edited(
      ['volumeMounts:', 'volumeMounts:\n            - {name: ca, mountPath: /ca}'],
      ['volumes:', 'volumes:\n        - {name: ca, secret: {secretName: corporate-ca}}'],
      ['external: ConfigMap/mcp-assertion-keys', 'external: ConfigMap/mcp-assertion-keys,Secret/corporate-ca'],
    );
    const { fleet } = await prepare({ directory });
    expect(fleet.notRun.map(({ id, why }) => `${id}: ${why}`).join('\n'))
      .toContain('core/notes: it mounts Secret corporate-ca, which somebody else makes');
  });
});

describe('a contradiction is a UsageError that names the object', () => {
  test.each<[string, string, string, RegExp]>([
    ['a configuration that is wrong', 'listen: 0.0.0.0:8080', 'isolation: none',
      /the \/etc\/cdk8s-mcp\/config\/proxy\.yaml of StatefulSet core\/notes \(.*core\.yaml\) is not a valid configuration: listen/],
    ['a configuration that is not mounted', '/etc/cdk8s-mcp/config/proxy.yaml', '/etc/other/proxy.yaml',
      /StatefulSet core\/notes .* runs proxy --config \/etc\/other\/proxy\.yaml, which is in none of its mounted volumes/],
    ['a ConfigMap that is missing', 'configMap:\n            name: notes-proxy', 'configMap: {name: gone}',
      /names ConfigMap gone, which no manifest contains/],
  ])('%s', async (_name, from, to, message) => {
    const directory = edited([from, to]);
    await expect(prepare({ directory })).rejects.toThrow(UsageError);
    await expect(prepare({ directory })).rejects.toThrow(message);
  });

  test('no gateway', async () => {
    const directory = writeManifests('apiVersion: v1\nkind: Namespace\nmetadata: {name: n}');
    await expect(prepare({ directory })).rejects.toThrow(`${directory} has no gateway that can run here`);
  });

  test('two gateways', async () => {
    const directory = edited();
    writeFileSync(join(directory, 'again.yaml'), readFileSync(join(directory, 'mcp-system.yaml'), 'utf8')
      .replaceAll('namespace: mcp-system', 'namespace: mcp-too').replace('name: mcp-system', 'name: mcp-too'));
    await expect(prepare({ directory })).rejects.toThrow('has two gateways, mcp-too/mcp-gateway and mcp-system/mcp-gateway');
  });
});

test('a new run starts with new files, and keeps persistent volumes', async () => {
  const path = temporaryDirectory();
  const options: FleetOptions = { directory: FIXTURE, commands: new Map(), cli: [] };
  const { members } = await prepareFleet(options, StateDirectory.open(path));
  const notes = members.find(({ id }) => id === 'core/notes')!;
  const [config, data] = ['/etc/cdk8s-mcp/config', '/data'].map((mountPath) => (
    join(notes.volumes.mounts.find((mount) => mount.mountPath === mountPath)!.localPath, 'left')));
  writeFileSync(config!, '');
  writeFileSync(data!, '');
  await prepareFleet(options, StateDirectory.open(path));
  expect([config, data].map((file) => existsSync(file!))).toEqual([false, true]);
});
