import type { LocalContainer } from './local-addresses';

/** How to learn whether a container is ready: by asking a URL, or not at all, or never, and why. */
export type ReadinessCheck = { readonly url: string } | { readonly never: string } | undefined;

/** A container's readiness probe, on this machine. Without one Kubernetes takes a container for ready at once. */
export function readinessCheck({ spec, ports }: LocalContainer): ReadinessCheck {
  const probe = spec.readinessProbe?.httpGet;
  if (probe === undefined) {
    return undefined;
  }
  const port = typeof probe.port === 'number'
    ? probe.port
    : spec.ports.find(({ name }) => name === probe.port)?.containerPort;
  const address = port === undefined ? undefined : ports.get(port);
  return address === undefined
    ? { never: `its readiness probe asks port ${probe.port}, and it listens on ${[...ports.keys()].join(' and ')}` }
    : { url: `http://${address}${probe.path}` };
}
