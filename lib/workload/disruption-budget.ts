import type { ApiObject } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { kubeObject } from './kube-object';

export interface DisruptionBudgetOptions {
  readonly name: string;
  readonly labels: Record<string, string>;
  readonly selector: Record<string, string>;
}

/** Node drains take one pod at a time, and are never blocked by pods that are ill anyway. */
export function disruptionBudget(scope: Construct, options: DisruptionBudgetOptions): ApiObject {
  return kubeObject(scope, 'disruption-budget', k8s.KubePodDisruptionBudget.manifest({
    metadata: { name: options.name, labels: options.labels },
    spec: {
      maxUnavailable: k8s.IntOrString.fromNumber(1),
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
      selector: { matchLabels: options.selector },
    },
  }));
}
