import { ApiObject, type ApiObjectProps } from 'cdk8s';
import type { Construct } from 'constructs';

/**
 * Adds an object to the chart as it is.
 *
 * The typed objects of cdk8s-plus-28 pass everything, patches too, through the schema of
 * Kubernetes 1.28 once more when they are printed, and fields that it does not know vanish without a
 * word. So manifests are made with those types (`KubeDeployment.manifest(…)`) and kept in an
 * object that filters nothing: a user's patch arrives whole (docs/adr/0003).
 */
export function kubeObject(scope: Construct, id: string, manifest: unknown): ApiObject {
  return new ApiObject(scope, id, manifest as ApiObjectProps);
}
