import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { UsageError } from '../../platform/usage-error';
import { CannotRun } from '../cannot-run';
import { testPod } from '../testing/pod';
import { containerEnvironment, expandVariables } from './environment';
import { Relocation } from './relocate';

afterEach(() => vi.unstubAllEnvs());

const RELOCATION = new Relocation([
  { mountPath: '/data', localPath: '/local/data' }, { mountPath: '/tmp', localPath: '/local/tmp' },
]);

function environment(container: string): Record<string, string> {
  const { pod, references } = testPod({ container });
  const fields = { 'metadata.name': 'app-0', 'metadata.namespace': 'n', 'status.podIP': '127.0.0.1' };
  return containerEnvironment(pod.containers[0]!.spec, references, fields, RELOCATION);
}

describe('a container gets', () => {
  test.each([
    ['plain values, with paths rewritten', '{name: V, value: /data/x}', '/local/data/x'],
    ['nothing for a name without a value', '{name: V}', ''],
    ['values of ConfigMaps', '{name: V, valueFrom: {configMapKeyRef: {name: settings, key: greeting}}}', 'hello'],
    ['values of Secrets', '{name: V, valueFrom: {secretKeyRef: {name: password, key: token}}}', 's3cret'],
    ['its name', '{name: V, valueFrom: {fieldRef: {fieldPath: metadata.name}}}', 'app-0'],
    ['its address', '{name: V, valueFrom: {fieldRef: {fieldPath: status.podIP}}}', '127.0.0.1'],
    ['values made of others', '{name: W, value: a}, {name: V, value: "$(W)-$(X)-$$(W)"}', 'a-$(X)-$(W)'],
    ['nothing for an optional value that is missing',
      '{name: V, valueFrom: {secretKeyRef: {name: none, key: k, optional: true}}}', undefined],
  ])('%s', (_name, variables, expected) => {
    expect(environment(`env: [${variables}]`).V).toBe(expected);
  });

  test('all of a ConfigMap or Secret, and its own variables over them', () => {
    const got = environment(
      'envFrom: [{configMapRef: {name: settings}}, {prefix: P_, secretRef: {name: password}}], env: [{name: greeting, value: hi}]');
    expect(got).toMatchObject({ 'greeting': 'hi', 'app.yaml': 'files: /local/data/x\n', 'P_token': 's3cret' });
  });

  test('a temporary directory where it mounts one', () => {
    expect(environment('env: []').TMPDIR).toBe('/local/tmp');
  });

  test('of the caller\'s environment only what programs need to run', () => {
    vi.stubEnv('AUTH_ISSUER', 'https://leak.example.com');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'leak');
    const got = environment('env: []');
    expect(got.PATH).toBe(process.env.PATH);
    expect(Object.values(got).join()).not.toContain('leak');
  });
});

test('what exists in a cluster only keeps a container from running', () => {
  expect(() => environment('env: [{name: V, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}]'))
    .toThrow(new CannotRun('its variable V comes from spec.nodeName, which does not exist locally'));
  expect(() => environment('env: [{name: V, valueFrom: {resourceFieldRef: {resource: limits.cpu}}}]'))
    .toThrow(/V comes from resourceFieldRef/);
  expect(() => environment('env: [{name: V, valueFrom: {secretKeyRef: {name: of-others, key: k}}}]'))
    .toThrow(/it needs Secret of-others, which somebody else makes/);
});

test('a dangling reference is a UsageError', () => {
  expect(() => environment('envFrom: [{secretRef: {name: none}}]')).toThrow(UsageError);
});

test('text without dollar signs is not changed by expansion', () => {
  fc.assert(fc.property(fc.string().filter((text) => !text.includes('$')), (text) => (
    expandVariables(text, { A: 'b' }) === text)));
});
