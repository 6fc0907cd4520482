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
   * @param maxReplicas so many pods the quota must bear
   * @throws an error when the workload cannot have more than one pod
   */
  delegateReplicas(maxReplicas: number): void;
}
