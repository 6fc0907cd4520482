import { LABEL } from '../../../../lib/contract/labels';
import { UsageError } from '../../platform/usage-error';
import { workloadSchema, type Container, type PodSpec } from '../manifests/kubernetes';
import { contentOf, type ManifestObject, type Manifests } from '../manifests/manifests';
import { containerOfShim, withoutShim } from './without-shim';

/** The long-running programs of ours that a container can be. */
export type Program = 'proxy' | 'gateway' | 'registry';

export interface ProgramRun {
  readonly kind: 'program';
  readonly program: Program;
  readonly args: readonly string[];
  readonly configPath: string;
  /** What a proxy starts in place of its server. */
  readonly serverCommand?: string;
}

/** What runs in place of a container. */
export type Run = ProgramRun | { readonly kind: 'command'; readonly commandLine: string };

export interface ContainerPlan {
  readonly spec: Container;
  readonly run: Run;
}

/** One pod of a workload: its template, run once. */
interface Pod {
  readonly workload: ManifestObject;
  /** `namespace/workload`: how messages name it. */
  readonly id: string;
  /** The server's name, where it is one. */
  readonly server: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly replicas: number;
  readonly spec: PodSpec;
  readonly claimTemplates: readonly string[];
}

export interface PodPlan extends Pod {
  readonly containers: readonly ContainerPlan[];
}

/** Something that the manifests want to run and the local run does not, and the way out where there is one. */
export interface NotRun {
  readonly id: string;
  readonly why: string;
}

export interface FleetPlan {
  readonly pods: readonly PodPlan[];
  readonly notRun: readonly NotRun[];
}

/**
 * Decides what runs: programs of ours as themselves, other containers by the commands given for them. A command for a
 * server behind a proxy is what that proxy starts.
 *
 * @param commands command lines by server or workload name
 * @throws UsageError when a command is for nobody.
 */
export function planFleet(manifests: Manifests, commands: ReadonlyMap<string, string>): FleetPlan {
  const pods: PodPlan[] = [];
  const notRun: NotRun[] = [];
  const workloads = manifests.ofKind('Deployment', 'StatefulSet').map(podOf);
  requireKnownNames(commands, workloads);
  for (const pod of workloads) {
    const commandLine = namesOf(pod).map((name) => commands.get(name)).find((line) => line !== undefined);
    const planned = pod.replicas === 0 ? scaledToZero(pod) : planContainers(pod, commandLine);
    notRun.push(...planned.notRun);
    if (planned.containers.length > 0) {
      pods.push({ ...pod, containers: planned.containers });
    }
  }
  return { pods, notRun };
}

function podOf(workload: ManifestObject): Pod {
  const { replicas, template, volumeClaimTemplates } = contentOf(workload, workloadSchema).spec;
  return {
    workload,
    id: `${workload.namespace}/${workload.name}`,
    server: template.metadata.labels[LABEL.SERVER],
    labels: template.metadata.labels,
    annotations: template.metadata.annotations,
    replicas,
    spec: template.spec,
    claimTemplates: volumeClaimTemplates.map((claim) => claim.metadata.name),
  };
}

type Planned = Pick<FleetPlan, 'notRun'> & Pick<PodPlan, 'containers'>;

function scaledToZero({ id }: Pod): Planned {
  return { containers: [], notRun: [{ id, why: 'it is scaled to 0 replicas' }] };
}

/** Init containers that never end are sidecars (Kubernetes 1.29); those that end have no program of ours. */
function planContainers(pod: Pod, commandLine: string | undefined): Planned {
  const server = containerOfShim(pod.spec);
  if (server !== undefined && commandLine === undefined) {
    return { containers: [], notRun: [{ id: pod.id, why: imageReason(pod, server) }] };
  }
  const spec = server === undefined ? pod.spec : withoutShim(pod.spec, server, isProxy);
  return planEach({ ...pod, spec }, commandLine);
}

function planEach(pod: Pod, commandLine: string | undefined): Planned {
  const containers: ContainerPlan[] = [];
  const notRun: NotRun[] = [];
  const { initContainers, containers: [main, ...others] } = pod.spec;
  const sidecars = initContainers.filter((container) => container.restartPolicy === 'Always');
  for (const container of initContainers.filter((one) => !sidecars.includes(one))) {
    notRun.push({ id: `${pod.id}, init container ${container.name}`, why: 'init containers do not run locally' });
  }
  for (const spec of [...sidecars, main!, ...others]) {
    const run = runOf(spec, spec === main ? commandLine : undefined);
    if (run !== undefined) {
      containers.push({ spec, run });
    } else {
      notRun.push({ id: spec === main ? pod.id : `${pod.id}, container ${spec.name}`, why: imageReason(pod, spec) });
    }
  }
  return { containers, notRun };
}

function runOf(container: Container, commandLine: string | undefined): Run | undefined {
  const program = programOf(container);
  if (commandLine === undefined) {
    return program;
  }
  return program === undefined
    ? { kind: 'command', commandLine }
    : { ...program, ...(program.program === 'proxy' ? { serverCommand: commandLine } : {}) };
}

function isProxy(container: Container): boolean {
  return programOf(container)?.program === 'proxy';
}

function programOf({ command, args }: Container): ProgramRun | undefined {
  const ofOurs = command.length === 0 || (command.length === 1 && command[0] === 'cdk8s-mcp');
  const [program] = args;
  const configPath = args.includes('--config') ? args[args.indexOf('--config') + 1] : undefined;
  if (!ofOurs || configPath === undefined) {
    return undefined;
  }
  return program === 'proxy' || program === 'gateway' || program === 'registry'
    ? { kind: 'program', program, args, configPath }
    : undefined;
}


function imageReason(pod: Pod, container: Container): string {
  const reason = `images do not run locally (${container.image})`;
  const talks = container === containerOfShim(pod.spec) ? 'talks over stdin and stdout' : 'listens on 127.0.0.1:$PORT';
  return container.name === pod.spec.containers[0]?.name
    ? `${reason}; give --command ${namesOf(pod)[0]!}='…' with a command that ${talks}`
    : reason;
}

/** The names by which a command can be given to a pod. */
function namesOf({ server, workload }: Pod): string[] {
  return server === undefined ? [workload.name] : [server, workload.name];
}

function requireKnownNames(commands: ReadonlyMap<string, string>, pods: readonly Pod[]): void {
  const known = new Set(pods.flatMap(namesOf));
  const unknown = [...commands.keys()].find((name) => !known.has(name));
  if (unknown !== undefined) {
    throw new UsageError(`--command ${unknown}=… is for no workload: there are ${[...known].join(', ') || 'none'}`);
  }
}
