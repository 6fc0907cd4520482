import type { Check } from './check';
import { CONTAINER_CHECKS } from './container-checks';
import { FLEET_CHECKS } from './fleet-checks';
import { QUOTA_CHECKS } from './quota-checks';
import { REFERENCE_CHECKS } from './reference-checks';
import { WORKLOAD_CHECKS } from './workload-checks';

export const MANIFEST_CHECKS: Check[] = [
  ...CONTAINER_CHECKS, ...WORKLOAD_CHECKS, ...QUOTA_CHECKS, ...FLEET_CHECKS, ...REFERENCE_CHECKS,
];
