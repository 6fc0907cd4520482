import { SHIM, SHIM_DIRECTORY, SHIM_IN_IMAGE, SOCKET_DIRECTORY } from '../../../../lib/contract/shim';
import type { Container, PodSpec } from '../manifests/kubernetes';

/** The container in which the shim starts the server, if a pod has one. */
export function containerOfShim({ containers }: PodSpec): Container | undefined {
  return containers.find(({ command }) => command[0] === SHIM);
}

/**
 * The same pod without the shim, which developers' machines do not have: the proxy is the main container, and has what
 * the server had: environment, and volumes but for those that shim and proxy share.
 *
 * @param server the container in which the shim starts the server
 * @param isProxy tells the container that reaches it
 */
export function withoutShim(pod: PodSpec, server: Container, isProxy: (container: Container) => boolean): PodSpec {
  const proxy = pod.initContainers.find(isProxy);
  if (proxy === undefined) {
    return pod;
  }
  const others = pod.containers.filter((container) => container !== server);
  return {
    ...pod,
    initContainers: pod.initContainers.filter((one) => one !== proxy && one.command[0] !== SHIM_IN_IMAGE),
    containers: [withServer(proxy, server), ...others],
  };
}

function withServer(proxy: Container, server: Container): Container {
  const own = server.volumeMounts.filter(({ mountPath }) => ![SHIM_DIRECTORY, SOCKET_DIRECTORY].includes(mountPath));
  const taken = [SOCKET_DIRECTORY, ...own.map(({ mountPath }) => mountPath)];
  return {
    ...proxy,
    env: server.env,
    envFrom: server.envFrom,
    volumeMounts: [...own, ...proxy.volumeMounts.filter(({ mountPath }) => !taken.includes(mountPath))],
  };
}
