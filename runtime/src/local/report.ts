import { MCP_PATH, serverRoute } from '../../../lib/contract/paths';
import { notApplied } from './manifests/not-applied';
import { LONGEST_GRACE_SECONDS } from './pods/container-process';
import type { FleetMember, PreparedFleet } from './prepared-fleet';
import type { StateDirectory } from './state-directory';

/** How people know a pod, and how much of the workload it is. */
export function memberTitle({ id, pod }: FleetMember): string {
  return pod.replicas > 1 ? `${id} (1 of ${pod.replicas} replicas)` : id;
}

/** What runs, what differs from the cluster, and what does not run: before anything is started. */
export function planReport(directory: string, { manifests, members, notRun, warnings }: PreparedFleet): string[] {
  const leftOut = notApplied(manifests).map(({ part, what }) => `${part}: ${what.join(', ')}`);
  return [
    `${directory}: ${members.length} containers run as processes on this machine, one replica of each workload.`,
    ...section('Changed for this machine', [
      ...members.filter(({ changes }) => changes.length > 0).map(({ id, changes }) => `${id}: ${changes.join(', ')}`),
      `terminationGracePeriodSeconds: at most ${LONGEST_GRACE_SECONDS}`,
    ]),
    ...section('Not applied on this machine', leftOut),
    ...section('Not run', notRun.map(({ id, why }) => `${id}: ${why}`)),
    ...section('Warnings', warnings),
    '',
    'Starting',
  ];
}

/** What to know of a fleet that runs. */
export interface ReadyReportOptions {
  /** Titles of what has not become ready. */
  readonly notReady: readonly string[];
  readonly gatewayReady: boolean;
  /** How people call this program. */
  readonly command: string;
}

/** How to use the fleet, once it runs. */
export function readyReport(
  fleet: PreparedFleet, state: StateDirectory, { notReady, gatewayReady, command }: ReadyReportOptions,
): string[] {
  const { url, issuer, identityProvider } = fleet;
  const scopes = identityProvider.scopes.map((scope) => ` --scope ${scope}`).join('');
  const client = {
    mcpServers: {
      fleet: { type: 'http', url: url + MCP_PATH, headers: { Authorization: 'Bearer TOKEN' } },
    },
  };
  return [
    '',
    headline(notReady, gatewayReady),
    `  gateway   ${url}${MCP_PATH} for all servers, ${url}${serverRoute('NAME')} for one`,
    `  issuer    ${issuer}`,
    `  audience  ${identityProvider.audience}`,
    `  logs      ${state.logs}${state.isTemporary ? ' (removed at the end; --state-dir keeps them, and volumes)' : ''}`,
    `  audit     ${state.auditLog}`,
    ...section('Get a token', [`${command} token --sub alice --group GROUP${scopes}`]),
    ...section('Connect an MCP client', [
      JSON.stringify(client),
      `A client that signs in by itself (OAuth) needs only the URL ${url}${MCP_PATH}.`,
    ]),
    '',
    'Ctrl-C ends the fleet.',
  ];
}

function headline(notReady: readonly string[], gatewayReady: boolean): string {
  if (!gatewayReady) {
    return 'The fleet runs, but its gateway is not ready: see above.';
  }
  return notReady.length === 0 ? 'The fleet is up.' : `The fleet is up, but not all of it: see above about ${notReady.join(', ')}.`;
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)];
}
