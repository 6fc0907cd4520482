import type { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import { LABEL } from '../contract/labels';
import { kubeObject } from '../workload/kube-object';

export interface PodMonitorOptions {
  readonly name: string;
  readonly labels: Record<string, string>;
  /** Label of a pod whose value becomes the `job` of its series. */
  readonly jobLabel: string;
  /** Values of our role label whose pods are collected. */
  readonly roles: string[];
  /** Name of the container port; pods without it are passed over. */
  readonly port: string;
  readonly path: string;
}

/** Prometheus Operator: collect the metrics of pods (monitoring.coreos.com/v1). */
export function podMonitor(scope: Construct, id: string, options: PodMonitorOptions): ApiObject {
  return kubeObject(scope, id, {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PodMonitor',
    metadata: { name: options.name, labels: options.labels },
    spec: {
      jobLabel: options.jobLabel,
      selector: { matchExpressions: [{ key: LABEL.ROLE, operator: 'In', values: options.roles }] },
      podMetricsEndpoints: [{ port: options.port, path: options.path }],
    },
  });
}
