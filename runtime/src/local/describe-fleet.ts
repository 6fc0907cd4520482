import { ROLE } from '../../../lib/contract/labels';
import { MCP_PATH } from '../../../lib/contract/paths';
import type { FleetFile } from './fleet-file';
import { MINT_PATH } from './identity-provider/mint';
import { urlOf, type LocalContainer } from './pods/local-addresses';
import { portOf } from './pods/local-configuration';
import { roleOf } from './pods/role';
import { mcpAddress, type FleetMember, type PreparedFleet } from './prepared-fleet';
import type { StateDirectory } from './state-directory';

/** What `fleet.json` says about a fleet. */
export function describeFleet(fleet: PreparedFleet, state: StateDirectory): FleetFile {
  const registry = fleet.members.find((member) => roleOf(member) === ROLE.REGISTRY);
  return {
    pid: process.pid,
    url: fleet.url,
    audience: fleet.identityProvider.audience,
    issuer: fleet.issuer,
    requiredScopes: fleet.identityProvider.scopes,
    tokenEndpoint: fleet.issuer + MINT_PATH,
    tokenSecret: fleet.identityProvider.mintSecret,
    gateway: { admin: adminUrl(fleet.gateway)! },
    ...(registry === undefined ? {} : {
      registryUrl: urlOf(mcpAddress(registry)),
      registry: { admin: adminUrl(registry)! },
    }),
    servers: fleet.members.filter((member) => roleOf(member) === ROLE.SERVER).map(describeServer),
    logs: state.logs,
    auditLog: state.auditLog,
  };
}

function describeServer(member: FleetMember): FleetFile['servers'][number] {
  const { pod, volumes } = member;
  return {
    name: pod.server ?? pod.workload.name,
    namespace: pod.workload.namespace,
    url: urlOf(mcpAddress(member)) + MCP_PATH,
    admin: adminUrl(member),
    volumes: Object.fromEntries(volumes.mounts.map(({ mountPath, localPath }) => [mountPath, localPath])),
  };
}

function adminUrl({ run, ports }: LocalContainer): string | undefined {
  return run.kind === 'program' ? urlOf(ports.get(portOf(run.config.admin))!) : undefined;
}
