import { describe, expect, test } from 'vitest';
import { UsageError } from '../../platform/usage-error';
import { temporaryDirectory, writeManifests } from '../testing/write-manifests';
import { Manifests } from './manifests';

const CONFIG_MAP = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: n}\n';

describe('a directory of manifests', () => {
  test('is read recursively, with all documents of each file', () => {
    const manifests = Manifests.read('test/fixtures/manifests/local-fleet');
    expect(manifests.ofKind('Deployment').map(({ namespace, name }) => `${namespace}/${name}`))
      .toEqual(['mcp-system/mcp-gateway', 'mcp-system/mcp-registry', 'core/echo', 'core/crm']);
    expect(manifests.find('StatefulSet', 'core', 'notes')?.file)
      .toBe('test/fixtures/manifests/local-fleet/servers/core.yaml');
  });

  test('may hold YAML that is no Kubernetes object, which is remembered', () => {
    const directory = writeManifests(`${CONFIG_MAP}---\n---\nreplicas: 3\n`);
    const manifests = Manifests.read(directory);
    expect(manifests.all()).toHaveLength(1);
    expect([...manifests.otherFiles]).toEqual([`${directory}/0.yaml`]);
  });

  test('puts objects without a namespace into the default one', () => {
    const manifests = Manifests.read(writeManifests('apiVersion: v1\nkind: Service\nmetadata: {name: s}\n'));
    expect(manifests.find('Service', 'default', 's')).toBeDefined();
  });
});

describe('a UsageError says what is wrong, and where', () => {
  test.each([
    ['broken YAML', 'a: [1', /0\.yaml is not valid YAML: Flow sequence/],
    ['an object without a name', 'apiVersion: v1\nkind: Secret\nmetadata: {}', /0\.yaml: Secret is not valid: metadata\.name/],
    ['a name that leads elsewhere', CONFIG_MAP.replace('name: a', 'name: ../a'), /metadata\.name: must be a name without/],
    ['an object twice', `${CONFIG_MAP}---\n${CONFIG_MAP}`, /ConfigMap n\/a is also in .*0\.yaml: remove one/],
  ])('for %s', (_name, text, message) => {
    const directory = writeManifests(text);
    expect(() => Manifests.read(directory)).toThrow(UsageError);
    expect(() => Manifests.read(directory)).toThrow(message);
  });

  test('for a directory that is empty or missing', () => {
    expect(() => Manifests.read(temporaryDirectory())).toThrow(/holds no \.yaml file: give the directory/);
    expect(() => Manifests.read('/nowhere')).toThrow('/nowhere is not a directory');
  });
});
