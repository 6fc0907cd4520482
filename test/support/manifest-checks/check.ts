import type { KubeObject } from '../examples';

/** One row of the manifest checks. */
export interface Check {
  readonly id: string;
  readonly rule: string;
  /** Where it does not hold. */
  readonly violations: (objects: KubeObject[]) => string[];
}
