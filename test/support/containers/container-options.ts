import type { Container, PodSpec } from '../manifest-checks/pods';

/** Directories of this machine, by the names of the pod's volumes. */
export type VolumeDirectories = Readonly<Record<string, string>>;

/** Who a container runs as, by the security context of the container or else of its pod. */
interface Identity {
  readonly runAsUser: number;
  readonly runAsGroup: number;
  readonly fsGroup: number;
}

/** What podman is to be told so that it starts a container of a pod as a kubelet does. The image's name is the last. */
export function containerOptions(pod: PodSpec, container: Container, volumes: VolumeDirectories): string[] {
  const { command, args = [], image, env = [], volumeMounts = [] } = container;
  return [
    '--pull', 'never',
    ...securityOptions(pod, container),
    ...limitOptions(container),
    ...env.flatMap(({ name, value }) => ['--env', `${name}=${value}`]),
    ...volumeMounts.flatMap(({ name, mountPath, readOnly }) => [
      '--volume', `${volumes[name]}:${mountPath}:${readOnly === true ? 'ro' : 'rw'}`,
    ]),
    ...command === undefined ? [] : ['--entrypoint', JSON.stringify(command)],
    image, ...args,
  ];
}

/** The default profile of seccomp is podman's default, too. */
function securityOptions(pod: PodSpec, { securityContext = {} }: Container): string[] {
  const { runAsUser, runAsGroup, fsGroup } = { ...pod.securityContext, ...securityContext } as unknown as Identity;
  const { allowPrivilegeEscalation, capabilities, readOnlyRootFilesystem } = securityContext;
  return [
    '--user', `${runAsUser}:${runAsGroup}`, '--group-add', String(fsGroup),
    ...(capabilities?.drop ?? []).flatMap((capability) => ['--cap-drop', capability.toLowerCase()]),
    ...allowPrivilegeEscalation === false ? ['--security-opt', 'no-new-privileges'] : [],
    // Podman would put file systems that can be written where programs expect them; a kubelet does not.
    ...readOnlyRootFilesystem === true ? ['--read-only', '--read-only-tmpfs=false'] : [],
  ];
}

function limitOptions({ resources }: Container): string[] {
  const { cpu, memory } = resources!.limits!;
  const bytes = String(Number(/^(\d+)Mi$/.exec(memory!)![1]) * 1024 * 1024);
  const cpus = cpu!.endsWith('m') ? Number(cpu!.slice(0, -1)) / 1000 : Number(cpu);
  return ['--memory', bytes, '--memory-swap', bytes, '--cpus', String(cpus)];
}
