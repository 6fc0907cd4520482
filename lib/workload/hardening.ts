import type { k8s } from 'cdk8s-plus-28';

/** The user of distroless images; far above any user of a node, so that an escape meets no namesake there. */
export const UNPRIVILEGED_ID = 65532;

/**
 * Whose programs are not ours, beside ours in one pod: they cannot read each other's memory, and our socket can tell
 * them apart.
 */
export const GUEST_ID = 65533;

/** Pod Security Standards, profile "restricted", for a pod. */
export const POD_SECURITY: k8s.PodSecurityContext = {
  runAsNonRoot: true,
  runAsUser: UNPRIVILEGED_ID,
  runAsGroup: UNPRIVILEGED_ID,
  fsGroup: UNPRIVILEGED_ID,
  // Changing the owner of every file of a large volume at each start can take minutes.
  fsGroupChangePolicy: 'OnRootMismatch',
  seccompProfile: { type: 'RuntimeDefault' },
};

/** Pod Security Standards, profile "restricted", for a container, and a root file system that nobody can write. */
export function containerSecurity(user = UNPRIVILEGED_ID): k8s.SecurityContext {
  return {
    allowPrivilegeEscalation: false,
    privileged: false,
    readOnlyRootFilesystem: true,
    runAsNonRoot: true,
    runAsUser: user,
    runAsGroup: user,
    capabilities: { drop: ['ALL'] },
    seccompProfile: { type: 'RuntimeDefault' },
  };
}
