import type { Check } from './check';
import { CONTAINER_CHECKS } from './container-checks';
import { FLEET_CHECKS } from './fleet-checks';
import { SELECTOR_CHECK, WORKLOAD_CHECKS } from './workload-checks';

export const MANIFEST_CHECKS: Check[] = [...CONTAINER_CHECKS, ...WORKLOAD_CHECKS, ...FLEET_CHECKS, SELECTOR_CHECK];
