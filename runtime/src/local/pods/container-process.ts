import { writeFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { ROLE } from '../../../../lib/contract/labels';
import { parseListenAddress } from '../../platform/listen';
import type { StateDirectory } from '../state-directory';
import type { ProcessSpec } from '../supervisor/supervised-process';
import type { LocalContainer } from './local-addresses';
import { localConfiguration, localEnvironment } from './local-configuration';
import { roleOf } from './role';

/** In a cluster calls in flight may take minutes to finish; a developer who stops a fleet does not wait for them. */
export const LONGEST_GRACE_SECONDS = 5;

/** What containers are told about the run that they are part of. */
export interface LocalRun {
  readonly publicUrl: string;
  readonly issuer: string;
  /** Arguments to Node that run this CLI. */
  readonly cli: readonly string[];
  readonly state: StateDirectory;
}

export interface ContainerProcess {
  readonly process: ProcessSpec;
  /** What differs from the cluster, in words. */
  readonly changes: readonly string[];
}

/** The process that stands in for a container. A program of ours gets its configuration for this machine. */
export function containerProcess(container: LocalContainer, local: LocalRun): ContainerProcess {
  const { id, run, ports, pod } = container;
  const graceSeconds = Math.min(pod.spec.terminationGracePeriodSeconds, LONGEST_GRACE_SECONDS);
  if (run.kind === 'command') {
    const { port } = parseListenAddress(ports.get(container.listensOn[0]!)!);
    const environment = { ...container.environment, PORT: String(port) };
    return { process: { id, run: { commandLine: run.commandLine }, environment, graceSeconds }, changes: [] };
  }
  const { config, changes } = localConfiguration(run.config, { ...local, ports, serverCommand: run.serverCommand });
  const { environment, changes: environmentChanges } = localEnvironment(container.environment, local);
  writeFileSync(run.configFile, stringify(config));
  const connectTo = local.state.connectTo(pod.workload.namespace);
  const program = [...local.cli, ...run.args, '--connect-to', connectTo];
  // Only the gateway has something to say on stdout: its audit records.
  const stdoutFile = roleOf(container) === ROLE.GATEWAY ? local.state.auditLog : undefined;
  return {
    process: { id, run: { program }, environment, graceSeconds, stdoutFile },
    changes: [...changes, ...environmentChanges],
  };
}
