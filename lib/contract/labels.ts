/** Value of `app.kubernetes.io/managed-by` on everything the library emits. */
export const MANAGED_BY = 'cdk8s-mcp';

/** Kubernetes' recommended labels. */
export const APP_LABEL = {
  NAME: 'app.kubernetes.io/name',
  INSTANCE: 'app.kubernetes.io/instance',
  COMPONENT: 'app.kubernetes.io/component',
  PART_OF: 'app.kubernetes.io/part-of',
  VERSION: 'app.kubernetes.io/version',
  MANAGED_BY: 'app.kubernetes.io/managed-by',
} as const;

/** Our own labels, on pods and Services. */
export const LABEL = {
  SERVER: 'cdk8s-mcp.dev/server',
  TIER: 'cdk8s-mcp.dev/tier',
  ROLE: 'cdk8s-mcp.dev/role',
} as const;

/** Values of the role label. */
export const ROLE = { SERVER: 'server', GATEWAY: 'gateway', REGISTRY: 'registry', PROBE: 'probe' } as const;

export const ANNOTATION = {
  /** `Kind/name,…`: what the object names but the manifests do not contain. */
  EXTERNAL: 'cdk8s-mcp.dev/external',
  /** Why a server of a core tier runs as a single replica. */
  SINGLETON_REASON: 'cdk8s-mcp.dev/singleton-reason',
  /** `rule=reason`: a manifest check that does not apply here. */
  SUPPRESS: 'cdk8s-mcp.dev/suppress',
  /** Digest of a pod's configuration: a changed ConfigMap rolls the pods that read it. */
  CONFIG_DIGEST: 'cdk8s-mcp.dev/config-digest',
} as const;

/** Label that Kubernetes itself puts on every namespace, and nobody else can. */
export const NAMESPACE_NAME_LABEL = 'kubernetes.io/metadata.name';
