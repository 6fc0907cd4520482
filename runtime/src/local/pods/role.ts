import { ROLE } from '../../../../lib/contract/labels';
import type { PreparedContainer } from './prepare-container';

export type Role = typeof ROLE.SERVER | typeof ROLE.GATEWAY | typeof ROLE.REGISTRY;

/** What a container is in the fleet: a server, unless it is one of the two programs in front of them. */
export function roleOf({ run }: PreparedContainer): Role {
  return run.kind === 'command' || run.program === 'proxy' ? ROLE.SERVER : run.program;
}
