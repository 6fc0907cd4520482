import { beforeAll, describe, expect, test } from 'vitest';
import { exampleNames, synthesizeExample, type KubeObject } from '../support/examples';
import { MANIFEST_CHECKS } from '../support/manifest-checks';
import { CONTAINER_CHECKS } from '../support/manifest-checks/container-checks';
import type { PodSpec } from '../support/manifest-checks/pods';

describe.each(exampleNames)('manifests of the example %s', (name) => {
  let objects: KubeObject[];

  beforeAll(async () => {
    objects = (await synthesizeExample(name)).objects;
  });

  test.each(MANIFEST_CHECKS)('$id $rule', ({ violations }) => {
    expect(violations(objects)).toEqual([]);
  });
});

describe('the checks themselves', () => {
  // A careless hand: everything that a check is about is taken out of the manifests, or made wrong.
  const careless = <T>(object: T): T => JSON.parse(JSON.stringify(object)
    .replaceAll('"privileged":false', '"privileged":true')
    .replaceAll('"allowPrivilegeEscalation":false,', '')
    .replaceAll('"runAsNonRoot":true,', '')
    .replace(/"runAsUser":\d+/g, '"runAsUser":1000')
    .replaceAll('"drop":["ALL"]', '"add":["NET_ADMIN"]')
    .replaceAll('"readOnlyRootFilesystem":true', '"readOnlyRootFilesystem":false')
    .replaceAll('RuntimeDefault', 'Unconfined')
    .replace(/"image":"([^":]+):[^"]+"/g, '"image":"$1:latest"')
    .replaceAll('"ephemeral-storage"', '"other"')
    .replaceAll('/health/ready', '/health')
    .replaceAll('"alive"]', '"ready"]')
    .replaceAll('"preStop"', '"postStart"')
    .replaceAll('"port":9090', '"port":"admin"')
    .replaceAll('"containerPort":8080', '"containerPort":8080,"hostPort":80')
    .replaceAll('MEMORY_FILE_PATH', 'API_KEY')
    .replaceAll('"emptyDir":{"sizeLimit":"64Mi"}', '"emptyDir":{}')
    .replaceAll('"emptyDir":{"sizeLimit"', '"hostPath":{"sizeLimit"')
    .replace(/"limits.memory":"\d+Gi"/, '"limits.memory":"1Gi"')
    .replaceAll('"automountServiceAccountToken":false,', '')
    .replaceAll('"enableServiceLinks":false', '"hostNetwork":true')
    .replace(/"terminationGracePeriodSeconds":\d+/g, '"terminationGracePeriodSeconds":30')
    .replaceAll('topologySpreadConstraints', 'gone')
    .replaceAll('"maxUnavailable":1', '"maxUnavailable":0')
    .replaceAll('"replicas":3', '"replicas":1')
    .replaceAll('pod-security.kubernetes.io/enforce"', 'gone"')
    .replaceAll('"ingress":[]', '"ingress":[{}]')
    .replaceAll('kubernetes.io/metadata.name', 'team')
    .replaceAll('"clusterIP":"None"', '"type":"NodePort"')
    .replaceAll('"targetPort":9090', '"targetPort":"admin"')
    .replaceAll('"RollingUpdate"', '"Recreate"')
    .replaceAll('cdk8s-mcp.dev/external', 'gone')
    .replaceAll('app.kubernetes.io/part-of', 'gone')
    .replaceAll('"cdk8s-mcp.dev/role":"server"}', '"cdk8s-mcp.dev/role":"nobody"}')) as T;

  test('each finds what is wrong', async () => {
    const { objects } = await synthesizeExample('in-pod');
    const wrong = [
      ...objects.map(careless),
      { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'admin', labels: {} } },
      // The autoscaler and the fixed number overrule each other.
      {
        apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: { name: 'time', namespace: 'team', labels: {} },
        spec: { scaleTargetRef: { name: 'time' } },
      },
    ];
    const silent = MANIFEST_CHECKS.filter(({ violations }) => violations(wrong).length === 0);
    expect(silent.map(({ id, rule }) => `${id} ${rule}`)).toEqual([]);
  });

  test.each(CONTAINER_CHECKS)('$id $rule, init containers and sidecars too', async ({ violations }) => {
    const { objects } = await synthesizeExample('in-pod');
    const { spec } = objects.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'time') as unknown as {
      spec: { template: { spec: PodSpec } };
    };
    const pod = spec.template.spec;
    pod.initContainers = careless(pod.initContainers!).map((container) => ({ ...container, env: [{ name: 'API_KEY', value: 'x' }] }));
    expect(violations(objects)).toContain('Deployment/team/time proxy');
  });
});
