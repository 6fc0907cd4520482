import { Manifests } from '../manifests/manifests';
import { References } from '../manifests/references';
import { planFleet, type PodPlan } from '../pods/pod-plan';
import { writeManifests } from './write-manifests';

/** The objects that pods in these tests refer to. */
const OBJECTS = `
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: n}
data: {greeting: hello, app.yaml: "files: /data/x\\n"}
---
apiVersion: v1
kind: Secret
metadata: {name: password, namespace: n}
stringData: {token: s3cret}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: disk, namespace: n}
`;

export interface TestPod {
  readonly pod: PodPlan;
  readonly manifests: Manifests;
  readonly references: References;
}

/** A pod in the namespace `n` whose main container is a program of ours, with more of its spec in YAML. */
export function testPod({ container = '', pod = '', spec = '', kind = 'Deployment' }): TestPod {
  const manifests = Manifests.read(writeManifests(OBJECTS, `
apiVersion: apps/v1
kind: ${kind}
metadata: {name: app, namespace: n, annotations: {cdk8s-mcp.dev/external: "Secret/of-others,ConfigMap/of-others,Secret/tls"}}
spec: {template: {spec: {containers: [{name: c, args: [gateway, --config, /etc/app/gateway.yaml], ${container}}], ${pod}}}, ${spec}}
`));
  const [plan] = planFleet(manifests, new Map()).pods;
  return { manifests, pod: plan!, references: new References(manifests, plan!.workload, {}) };
}
