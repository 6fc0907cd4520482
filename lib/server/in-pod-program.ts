import { Size } from 'cdk8s';
import { Cpu } from 'cdk8s-plus-28';
import { environment } from './environment';
import type { InPodConnectorSpec } from './mcp-connector';
import type { OciSource } from './mcp-source';
import type { ServerPodParts, ServerProgram } from './server-pod';
import {
  IN_POD_VOLUMES, PROXY_MOUNTS, PROXY_TMP_MOUNT, SHIM_MOUNT, SOCKET_MOUNT, TMP_MOUNT, TMP_VOLUME, mountsOf,
  proxyVolumes, scratchVolumes,
} from './server-volumes';
import { INSTALL_SHIM, PROBE_SHIM, serveCommand, waitDrainedCommand } from './shim-commands';
import {
  PROXY_CONTAINER, PROXY_ENDPOINT, proxyFiles, stdioResources, type StdioProgramOptions,
} from './stdio-program';
import { SHIM_SOCKET } from '../contract/shim';
import { GUEST_ID } from '../workload/hardening';
import type { PodContainer } from '../workload/pod-containers';
import { execProbes } from '../workload/probes';
import { SMALL_STORAGE, completeResources, type CompleteResources } from '../workload/resources';

/** The shim itself: it copies nothing and holds little. */
const SHIM_MEBIBYTES = 16;

const PROXY_RESOURCES: CompleteResources = {
  cpu: { request: Cpu.millis(50), limit: Cpu.millis(500) },
  memory: { request: Size.mebibytes(128), limit: Size.mebibytes(256) },
  ephemeralStorage: SMALL_STORAGE,
};

/** It copies one small file, and ends before the others run: Kubernetes reserves nothing more for it. */
const INSTALL_RESOURCES: CompleteResources = {
  cpu: { request: Cpu.millis(50), limit: Cpu.millis(500) },
  memory: { request: Size.mebibytes(32), limit: Size.mebibytes(64) },
  ephemeralStorage: { request: Size.mebibytes(32), limit: Size.mebibytes(64) },
};

/**
 * A server on stdin and stdout in a container of its own, which may be made of any image. The shim in it starts the
 * server for each connection that our proxy, a sidecar, makes to its socket.
 *
 * A sidecar starts before the container beside it and ends after it, so the proxy is there as long as a call may be.
 * That container waits until the sidecar has started, so what the sidecar's startup and liveness probes look at is the
 * proxy alone; they would wait for each other otherwise. Whether the server answers, its own container's probes say.
 */
export function inPodProgram(options: StdioProgramOptions, connector: InPodConnectorSpec): ServerProgram {
  const { command, args = [] } = options.source as OciSource;
  const start = {
    command: serveCommand([...command!, ...args], options.transport, connector, options.callSeconds),
    // Sidecars are told to end only when this container has ended. So draining has to begin here, and to end before it.
    lifecycle: { preStop: { exec: { command: waitDrainedCommand(options.callSeconds) } } },
  };
  return {
    ...PROXY_ENDPOINT,
    ...stdioResources(options.transport, SHIM_MEBIBYTES),
    proxyFiles: proxyFiles(options, { type: 'in-pod', socket: SHIM_SOCKET }),
    pod: (parts) => ({
      initContainers: [shimContainer(parts), proxyContainer(parts)],
      containers: [{ ...start, ...serverContainer(parts) }],
      volumes: [
        ...IN_POD_VOLUMES, ...proxyVolumes(parts.configuration!), TMP_VOLUME, ...scratchVolumes(parts.props),
      ],
    }),
  };
}

/** Alone in being able to write where the shim is: nobody puts another program in its place. */
function shimContainer({ companionImage }: ServerPodParts): PodContainer {
  return {
    name: 'shim',
    image: companionImage,
    command: INSTALL_SHIM,
    resources: INSTALL_RESOURCES,
    volumeMounts: [SHIM_MOUNT],
  };
}

/** It gets nothing of the user's: no volume, no environment, and a /tmp of its own. */
function proxyContainer({ server, props, companionImage }: ServerPodParts): PodContainer {
  return {
    ...PROXY_CONTAINER,
    image: companionImage,
    restartPolicy: 'Always',
    resources: completeResources(server, props.proxyResources, PROXY_RESOURCES),
    volumeMounts: [PROXY_TMP_MOUNT, ...PROXY_MOUNTS, SOCKET_MOUNT],
  };
}

/**
 * It runs as another user than the proxy, of whom the socket's directory is the same only by the pod's group: so it can
 * neither read what the proxy holds nor pass for it at the socket.
 */
function serverContainer({ props, image, resources }: ServerPodParts): PodContainer {
  return {
    name: 'server',
    image, resources,
    user: GUEST_ID,
    env: environment(props),
    ...execProbes(PROBE_SHIM),
    volumeMounts: [TMP_MOUNT, { ...SHIM_MOUNT, readOnly: true }, SOCKET_MOUNT, ...mountsOf(props)],
  };
}
