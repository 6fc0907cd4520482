import { existsSync, readFileSync } from 'node:fs';
import { MCP_PORT } from '../../../../lib/contract/ports';
import { parseConfig } from '../../platform/config-file';
import { UsageError } from '../../platform/usage-error';
import { CannotRun } from '../cannot-run';
import type { Container } from '../manifests/kubernetes';
import { describe, type Manifests } from '../manifests/manifests';
import { References } from '../manifests/references';
import type { StateDirectory } from '../state-directory';
import { containerEnvironment, expandVariables } from './environment';
import { CONFIG_SCHEMAS, portOf, type ProgramConfig } from './local-configuration';
import { materializeVolumes, type MaterializedVolumes } from './materialize';
import type { ContainerPlan, NotRun, PodPlan, Program } from './pod-plan';
import { provideKeys, type RunKeys } from './run-keys';

export interface PreparedProgram {
  readonly kind: 'program';
  readonly program: Program;
  /** For this CLI, with paths on this machine. */
  readonly args: readonly string[];
  /** As the manifests have it. */
  readonly config: ProgramConfig;
  /** Where the program will read it. */
  readonly configFile: string;
  /** What a proxy starts in place of its server. */
  readonly serverCommand?: string;
}

/** A container whose files are in place. */
export interface PreparedContainer {
  readonly id: string;
  readonly pod: PodPlan;
  readonly spec: Container;
  readonly run: PreparedProgram | { readonly kind: 'command'; readonly commandLine: string };
  readonly environment: Readonly<Record<string, string>>;
  readonly volumes: MaterializedVolumes;
  /** The ports on which it listens by its configuration; the MCP endpoint's first. */
  readonly listensOn: readonly number[];
}

/**
 * Writes the files of all containers of a pod, and reads the configurations of those that are programs of ours.
 *
 * @throws UsageError naming file and object when the manifests contradict themselves.
 */
export function preparePod(
  pod: PodPlan, manifests: Manifests, state: StateDirectory, keys: RunKeys,
): { containers: PreparedContainer[]; notRun: NotRun[] } {
  const containers: PreparedContainer[] = [];
  const notRun: NotRun[] = [];
  const references = new References(manifests, pod.workload, pod.annotations);
  for (const plan of pod.containers) {
    const id = pod.containers.length === 1 ? pod.id : `${pod.id}/${plan.spec.name}`;
    try {
      containers.push(prepareContainer(id, pod, plan, { references, state, keys }));
    } catch (error) {
      if (!(error instanceof CannotRun)) {
        throw error;
      }
      notRun.push({ id, why: error.message });
    }
  }
  return { containers, notRun };
}

interface Surroundings {
  readonly references: References;
  readonly state: StateDirectory;
  readonly keys: RunKeys;
}

function prepareContainer(
  id: string, pod: PodPlan, { spec, run }: ContainerPlan, { references, state, keys }: Surroundings,
): PreparedContainer {
  const volumes = materializeVolumes(pod, spec, references, state);
  const environment = containerEnvironment(spec, references, {
    'metadata.name': `${pod.workload.name}-0`,
    'metadata.namespace': pod.workload.namespace,
    'status.podIP': '127.0.0.1',
  }, volumes.relocation);
  const base = { id, pod, spec, environment, volumes };
  if (run.kind === 'command') {
    provideKeys(volumes, keys);
    return { ...base, run, listensOn: [spec.ports[0]?.containerPort ?? MCP_PORT] };
  }
  const configFile = volumes.relocation.rewrite(run.configPath);
  const config = readConfig(pod, run.program, run.configPath, configFile);
  provideKeys(volumes, keys, config);
  const args = run.args.map((arg) => expandVariables(volumes.relocation.rewrite(arg), environment));
  return {
    ...base,
    run: { kind: 'program', program: run.program, args, config, configFile, serverCommand: run.serverCommand },
    listensOn: [portOf(config.listen), portOf(config.admin)],
  };
}

function readConfig(pod: PodPlan, program: Program, configPath: string, configFile: string): ProgramConfig {
  if (configFile === configPath || !existsSync(configFile)) {
    throw new UsageError(`${describe(pod.workload)} runs ${program} --config ${configPath}, which is in none of its mounted volumes: mount the ConfigMap that holds it`);
  }
  const origin = `the ${configPath} of ${describe(pod.workload)}`;
  return parseConfig(readFileSync(configFile, 'utf8'), CONFIG_SCHEMAS[program], origin);
}
