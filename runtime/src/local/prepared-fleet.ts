import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { ROLE } from '../../../lib/contract/labels';
import { UsageError } from '../platform/usage-error';
import type { IdentityProviderConfig } from './identity-provider/configuration';
import { Manifests } from './manifests/manifests';
import { containerProcess, type ContainerProcess } from './pods/container-process';
import { endpointsOf } from './pods/endpoints';
import { assignAddresses, urlOf, type LocalContainer } from './pods/local-addresses';
import { planFleet, type NotRun } from './pods/pod-plan';
import { preparePod, type PreparedContainer } from './pods/prepare-container';
import { roleOf } from './pods/role';
import { newRunKeys } from './pods/run-keys';
import { connectToLines, serviceMap } from './pods/services';
import type { StateDirectory } from './state-directory';

export interface FleetOptions {
  /** Where the synthesized manifests are. */
  readonly directory: string;
  /** `HOST:PORT` of the gateway; without it, a free port on 127.0.0.1. */
  readonly listen?: string;
  /** Commands for containers whose images cannot run here, by server or workload name. */
  readonly commands: ReadonlyMap<string, string>;
  /** Arguments to Node that run this CLI. */
  readonly cli: readonly string[];
}

/** A container that runs, and the process that stands in for it. */
export type FleetMember = LocalContainer & ContainerProcess;

/** A fleet whose files are all in place, ready to be started. */
export interface PreparedFleet {
  readonly manifests: Manifests;
  readonly members: readonly FleetMember[];
  readonly gateway: FleetMember;
  readonly identityProvider: IdentityProviderConfig;
  readonly url: string;
  readonly issuer: string;
  readonly notRun: readonly NotRun[];
  readonly warnings: readonly string[];
}

/**
 * Reads the manifests and writes, below the state directory, all that the fleet's processes read.
 *
 * @throws UsageError naming file, object and the way out.
 */
export async function prepareFleet(options: FleetOptions, state: StateDirectory): Promise<PreparedFleet> {
  const manifests = Manifests.read(options.directory);
  const plan = planFleet(manifests, options.commands);
  const keys = await newRunKeys();
  const pods = plan.pods.map((pod) => preparePod(pod, manifests, state, keys));
  const notRun = [...plan.notRun, ...pods.flatMap((pod) => pod.notRun)];
  const prepared = pods.flatMap((pod) => pod.containers);
  requireOneGateway(prepared, options.directory, notRun);
  const { containers, identityProvider } = await assignAddresses(prepared, options.listen);
  const url = urlOf(mcpAddress(containers.find(isGateway)!));
  const issuer = urlOf(identityProvider);
  const members = containers.map((container) => (
    { ...container, ...containerProcess(container, { publicUrl: url, issuer, cli: options.cli, state }) }));
  const warnings = writeServiceAddresses(manifests, members, state);
  return {
    manifests, members, url, issuer, notRun, warnings,
    gateway: members.find(isGateway)!,
    identityProvider: writeIdentityProvider(state, {
      listen: identityProvider,
      audience: url,
      scopes: requiredScopes(containers),
      mintSecret: randomBytes(32).toString('base64url'),
    }),
  };
}

/** `host:port` of a container's MCP endpoint. */
export function mcpAddress({ ports, listensOn }: LocalContainer): string {
  return ports.get(listensOn[0]!)!;
}

function isGateway(container: PreparedContainer): boolean {
  return roleOf(container) === ROLE.GATEWAY;
}

function requireOneGateway(
  containers: readonly PreparedContainer[], directory: string, notRun: readonly NotRun[],
): void {
  const [gateway, another] = containers.filter(isGateway);
  if (gateway === undefined) {
    const reasons = notRun.map(({ id, why }) => `; ${id} is not run: ${why}`).join('');
    throw new UsageError(`${directory} has no gateway that can run here, and clients need one: add an McpGateway${reasons}`);
  }
  if (another !== undefined) {
    throw new UsageError(`${directory} has two gateways, ${gateway.id} and ${another.id}: run up on the manifests of one fleet`);
  }
}

function requiredScopes(containers: readonly LocalContainer[]): string[] {
  return [...new Set(containers.flatMap(({ run }) => (
    run.kind === 'program' && 'authentication' in run.config ? run.config.authentication.requiredScopes : [])))];
}

/** Writes what programs of each namespace learn about Services, and says which of those lead nowhere. */
function writeServiceAddresses(
  manifests: Manifests, members: readonly FleetMember[], state: StateDirectory,
): readonly string[] {
  const { ports, warnings } = serviceMap(manifests, endpointsOf(members));
  for (const namespace of new Set(members.map(({ pod }) => pod.workload.namespace))) {
    writeFileSync(state.connectTo(namespace), connectToLines(ports, namespace));
  }
  return warnings;
}

function writeIdentityProvider(state: StateDirectory, config: IdentityProviderConfig): IdentityProviderConfig {
  writeFileSync(state.identityProviderConfig, stringify(config), { mode: 0o600 });
  return config;
}
