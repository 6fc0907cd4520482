import type { ApiObject } from 'cdk8s';
import type { IConstruct } from 'constructs';

/**
 * Something whose number of pods an autoscaler may decide.
 */
export interface IMcpScalable extends IConstruct {
  /** The Deployment. */
  readonly workload: ApiObject;

  /**
   * Hands the number of pods over to an autoscaler.
   *
   * @param minReplicas so many pods at least
   * @param maxReplicas so many pods at most; the quota must bear them
   * @throws an error when the workload cannot have more than one pod
   */
  delegateReplicas(minReplicas: number, maxReplicas: number): void;
}
