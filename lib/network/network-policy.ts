import type { ApiObject } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { atSynthesis } from '../workload/at-synthesis';
import { kubeObject } from '../workload/kube-object';

export interface NetworkPolicyOptions {
  readonly name: string;
  readonly labels: Record<string, string>;
  /** Labels of the pods that it is about; none means every pod of the namespace. */
  readonly podSelector: Record<string, string>;
  /** Asked at synthesis: who may connect is known only when the whole fleet is there. */
  readonly ingress: () => k8s.NetworkPolicyIngressRule[];
  readonly egress: () => k8s.NetworkPolicyEgressRule[];
}

/** A NetworkPolicy that governs both directions. What it does not allow, and no other policy does, is denied. */
export function networkPolicy(scope: Construct, id: string, options: NetworkPolicyOptions): ApiObject {
  const rules = () => (k8s.KubeNetworkPolicy.manifest({
    spec: { podSelector: {}, ingress: options.ingress(), egress: options.egress() },
  }) as { spec: { ingress: unknown[]; egress: unknown[] } }).spec;
  const hasSelector = Object.keys(options.podSelector).length > 0;
  return kubeObject(scope, id, {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: options.name, labels: options.labels },
    spec: {
      podSelector: hasSelector ? { matchLabels: options.podSelector } : {},
      policyTypes: ['Ingress', 'Egress'],
      ingress: atSynthesis(() => rules().ingress),
      egress: atSynthesis(() => rules().egress),
    },
  });
}
