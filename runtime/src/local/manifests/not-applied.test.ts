import { expect, test } from 'vitest';
import { writeManifests } from '../testing/write-manifests';
import { Manifests } from './manifests';
import { notApplied } from './not-applied';

test('everything without effect is listed, by kind or field', () => {
  const parts = notApplied(Manifests.read('test/fixtures/manifests/local-fleet'));
  expect(parts).toEqual([
    { part: 'objects', what: ['1 Namespace', '1 NetworkPolicy'] },
    { part: 'of workloads', what: ['selector', 'serviceName'] },
    { part: 'of pods', what: ['serviceAccountName'] },
    { part: 'of containers', what: ['resources'] },
  ]);
});

test('unknown kinds, other probes, Service types and other files are listed too', () => {
  const directory = writeManifests(`
apiVersion: example.com/v1
kind: Gadget
metadata: {name: g}
---
apiVersion: v1
kind: Service
metadata: {name: s}
spec: {type: LoadBalancer, sessionAffinity: ClientIP}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: d}
spec: {template: {spec: {containers: [{name: c, readinessProbe: {exec: {command: [x]}}, volumeMounts: [{name: v, mountPath: /v, readOnly: true}]}]}}}
---
some: values
`);
  expect(notApplied(Manifests.read(directory))).toEqual([
    { part: 'objects', what: ['1 Gadget'] },
    { part: 'of containers', what: ['readinessProbe other than httpGet'] },
    { part: 'of volume mounts', what: ['readOnly'] },
    { part: 'of Services', what: ['sessionAffinity', 'type LoadBalancer'] },
    { part: 'files without objects', what: [`${directory}/0.yaml`] },
  ]);
});
