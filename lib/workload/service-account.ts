import type { ApiObject } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { kubeObject } from './kube-object';

/** An identity of its own for each workload, without a token: nobody here talks to the API server. */
export function serviceAccount(scope: Construct, name: string, labels: Record<string, string>): ApiObject {
  return kubeObject(scope, 'service-account', k8s.KubeServiceAccount.manifest({
    metadata: { name, labels },
    automountServiceAccountToken: false,
  }));
}
