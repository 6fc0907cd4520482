import { Size } from 'cdk8s';
import type { StdioTransport } from './mcp-transport';
import { mebibytes, type CompleteResources } from '../workload/resources';

/** Processes of the server that may run at once: one for each session, and those that wait for a session. */
export function processesOf({ maxSessions, startedAhead }: StdioTransport): number {
  return maxSessions + startedAhead;
}

/**
 * Memory of a container in which processes of the server run: at its limit with all of them, and by its request with
 * one session.
 *
 * @param base what is there beside them, in MiB
 */
export function processMemory(transport: StdioTransport, base: number): CompleteResources['memory'] {
  const memoryOf = (processes: number) => Size.mebibytes(base + processes * mebibytes(transport.memoryPerSession));
  return { request: memoryOf(1 + transport.startedAhead), limit: memoryOf(processesOf(transport)) };
}
