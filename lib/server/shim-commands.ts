import type { InPodConnectorSpec } from './mcp-connector';
import type { StdioTransport } from './mcp-transport';
import { processesOf } from './process-memory';
import { SHIM, SHIM_IN_IMAGE, SHIM_SOCKET } from '../contract/shim';
import { UNPRIVILEGED_ID } from '../workload/hardening';
import { mebibytes } from '../workload/resources';
import { ENDPOINT_LAG_SECONDS } from '../workload/workload';

/**
 * The proxy drains for the endpoint lag and the longest call, and then ends what is left, which takes a few seconds. A
 * little later the shim gives up waiting for it, and later still Kubernetes kills the pod (`gracePeriodSeconds`).
 */
const DRAIN_MARGIN_SECONDS = 5;
const GIVE_UP_SECONDS = 3;

const AT_SOCKET = ['--socket', SHIM_SOCKET];

/** Copies the shim out of the companion image. */
export const INSTALL_SHIM = [SHIM_IN_IMAGE, 'install', SHIM];

/** Questions to the shim, answered by the exit status. */
export const PROBE_SHIM = {
  alive: [SHIM, 'probe', ...AT_SOCKET, 'alive'],
  ready: [SHIM, 'probe', ...AT_SOCKET, 'ready'],
};

function drainSeconds(callSeconds: number): number {
  return ENDPOINT_LAG_SECONDS + callSeconds + DRAIN_MARGIN_SECONDS;
}

/** Begins to drain, and ends when nothing is left to be done. */
export function waitDrainedCommand(callSeconds: number): string[] {
  return [SHIM, 'wait-drained', ...AT_SOCKET, '--timeout-seconds', `${drainSeconds(callSeconds) + GIVE_UP_SECONDS}`];
}

/** The shim, which starts a server for each connection that the proxy makes. */
export function serveCommand(
  command: string[], transport: StdioTransport, connector: InPodConnectorSpec, callSeconds: number,
): string[] {
  return [
    SHIM, 'serve', ...AT_SOCKET,
    // The proxy's user: nobody else may start processes. The server itself can ask for health and drain, no more.
    '--allow-uid', `${UNPRIVILEGED_ID}`,
    '--max-processes', `${processesOf(transport)}`,
    '--memory-per-process', `${mebibytes(transport.memoryPerSession)}Mi`,
    '--tasks-per-process', `${connector.tasksPerSession}`,
    '--drain-seconds', `${drainSeconds(callSeconds)}`,
    ...(connector.pipes ? ['--pipes'] : []),
    '--', ...command,
  ];
}
