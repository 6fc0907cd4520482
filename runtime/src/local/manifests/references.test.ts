import { describe, expect, test } from 'vitest';
import { UsageError } from '../../platform/usage-error';
import { CannotRun } from '../cannot-run';
import { writeManifests } from '../testing/write-manifests';
import { Manifests } from './manifests';
import { References } from './references';

const manifests = (): Manifests => Manifests.read(writeManifests(`
apiVersion: apps/v1
kind: Deployment
metadata:
  name: app
  namespace: n
  annotations: {cdk8s-mcp.dev/external: "Secret/of-others, PersistentVolumeClaim/disk"}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: n}
data: {a: text, external: external}
binaryData: {b: AQI=}
---
apiVersion: v1
kind: Secret
metadata: {name: password, namespace: n}
data: {p: b2xk, q: cQ==}
stringData: {p: new}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: elsewhere, namespace: other}
`));

function references(): References {
  const all = manifests();
  return new References(all, all.find('Deployment', 'n', 'app')!, { 'cdk8s-mcp.dev/external': 'ConfigMap/also' });
}

test('values of ConfigMaps and Secrets are found, and stringData wins', () => {
  const found = references();
  expect(found.entries('ConfigMap', { name: 'settings', optional: false }))
    .toEqual(new Map<string, string | Buffer>([['a', 'text'], ['external', 'external'], ['b', Buffer.from([1, 2])]]));
  expect(found.value('ConfigMap', { name: 'settings', key: 'external', optional: false })).toBe('external');
  expect(found.value('Secret', { name: 'password', key: 'p', optional: false })).toBe('new');
  expect(found.value('Secret', { name: 'password', key: 'q', optional: false })).toBe('q');
});

test('items select and rename', () => {
  const files = references().files('ConfigMap', { name: 'settings', optional: false, items: [{ key: 'a', path: 'x/y' }] });
  expect(files).toEqual(new Map([['x/y', 'text']]));
});

test('what is optional may be missing', () => {
  expect(references().entries('Secret', { name: 'none', optional: true })).toBeUndefined();
  expect(references().value('ConfigMap', { name: 'settings', key: 'none', optional: true })).toBeUndefined();
});

describe('a dangling reference is a UsageError that names both sides and the way out', () => {
  test.each([
    ['a missing Secret', { name: 'none' }, /Deployment n\/app \(.*0\.yaml\) names Secret none, which no manifest contains: add it, or/],
    ['one of another namespace', { name: 'elsewhere' }, /names Secret elsewhere/],
    ['a missing key', { name: 'password', key: 'x' }, /names the key 'x' of Secret password, which has only: p, q/],
  ])('%s', (_name, reference, message) => {
    const found = (): unknown => references().value('Secret', { key: 'k', optional: false, ...reference });
    expect(found).toThrow(UsageError);
    expect(found).toThrow(message);
  });

  test('a missing claim', () => {
    expect(() => references().requireClaim('none')).toThrow('names PersistentVolumeClaim none');
    expect(() => references().requireClaim('disk')).not.toThrow();
  });
});

test('what somebody else makes cannot be had here', () => {
  const found = references();
  expect(found.isExternal('Secret', 'of-others')).toBe(true);
  expect(found.isExternal('ConfigMap', 'also')).toBe(true);
  expect(found.isExternal('Secret', 'password')).toBe(false);
  expect(() => found.entries('Secret', { name: 'of-others', optional: false })).toThrow(CannotRun);
});
