import { k8s } from 'cdk8s-plus-28';

export interface HttpProbeTarget {
  readonly port: number;
  /** Alive: looked at by startup and liveness. */
  readonly healthPath: string;
  /** Can serve: looked at by readiness. */
  readonly readyPath: string;
}

export type Probes = Pick<k8s.Container, 'startupProbe' | 'livenessProbe' | 'readinessProbe'>;

/** Commands that end with 0 for yes. */
export interface ExecProbeTarget {
  /** Alive: looked at by liveness. */
  readonly alive: string[];
  /** Can serve: looked at by startup and readiness. */
  readonly ready: string[];
}

/**
 * Startup within 60 s; then liveness from 60 s on, every 10 s; readiness from 5 s on, every 5 s.
 * Only readiness depends on what is behind the program: a liveness probe that does would
 * restart healthy programs whenever something else is ill.
 */
export function httpProbes({ port, healthPath, readyPath }: HttpProbeTarget): Probes {
  const get = (path: string) => ({ httpGet: { path, port: k8s.IntOrString.fromNumber(port) } });
  return {
    startupProbe: { ...get(healthPath), periodSeconds: 2, timeoutSeconds: 2, failureThreshold: 30 },
    livenessProbe: {
      ...get(healthPath), initialDelaySeconds: 60, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3,
    },
    readinessProbe: {
      ...get(readyPath), initialDelaySeconds: 5, periodSeconds: 5, timeoutSeconds: 3, failureThreshold: 2,
    },
  };
}

/**
 * Startup within 60 s; then liveness every 30 s and readiness every 10 s, rarer than over HTTP, since for each the node
 * starts a process in the container. Only readiness depends on the server: one that starts slowly would be ended again
 * and again, and the proxy with it.
 */
export function execProbes({ alive, ready }: ExecProbeTarget): Probes {
  return {
    startupProbe: { exec: { command: alive }, periodSeconds: 2, timeoutSeconds: 2, failureThreshold: 30 },
    livenessProbe: { exec: { command: alive }, periodSeconds: 30, timeoutSeconds: 5, failureThreshold: 3 },
    readinessProbe: { exec: { command: ready }, periodSeconds: 10, timeoutSeconds: 3, failureThreshold: 2 },
  };
}
