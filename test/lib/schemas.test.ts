import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PodMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PodMonitor';
import { PrometheusRule } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { loadDefinitions, validate } from '../support/custom-resources';
import { exampleNames, synthesizeExample, type KubeObject } from '../support/examples';
import { findTool } from '../support/tools';

const OLDEST = '1.29';
const NEWEST = '1.37';
const kubernetesValidate = findTool('kubernetes-validate');
const definitionsFolder = process.env.CRDS_DIR;

function isCustom({ apiVersion }: KubeObject): boolean {
  return apiVersion.split('/')[0]!.includes('.') && !apiVersion.includes('.k8s.io/');
}

describe.each(exampleNames)('example %s', (name) => {
  const folder = mkdtempSync(join(tmpdir(), 'cdk8s-mcp-schemas-'));
  let objects: KubeObject[];

  beforeAll(async () => {
    objects = (await synthesizeExample(name)).objects;
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  test.skipIf(kubernetesValidate === undefined).each([OLDEST, NEWEST])('is strictly valid for Kubernetes %s', (version) => {
    const own = objects.filter((object) => !isCustom(object));
    const file = join(folder, 'objects.yaml');
    writeFileSync(file, own.map((object) => stringify(object)).join('---\n'));
    const output = execFileSync(kubernetesValidate!, ['--strict', '-k', version, file], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    expect(output.split('\n').filter((line) => line.includes(' passed for resource '))).toHaveLength(own.length);
  });

  test('has custom resources that their published models accept', () => {
    const models: Record<string, (object: KubeObject) => void> = {
      PodMonitor: (object) => new PodMonitor(object as never).validate(),
      PrometheusRule: (object) => new PrometheusRule(object as never).validate(),
    };
    const custom = objects.filter(isCustom);
    expect(custom.length).toBeGreaterThan(0);
    for (const object of custom) {
      expect(() => models[object.kind]!(object)).not.toThrow();
    }
  });

  test.skipIf(definitionsFolder === undefined)('has custom resources that are strictly valid by their definitions', () => {
    const definitions = loadDefinitions(definitionsFolder!);
    expect(objects.filter(isCustom).flatMap((object) => validate(definitions, object))).toEqual([]);
  });
});

test.skipIf(kubernetesValidate === undefined)('the validation finds a field that does not exist', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cdk8s-mcp-schemas-'));
  const file = join(folder, 'wrong.yaml');
  writeFileSync(file, stringify({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'x' }, spec: { porst: [] } }));
  try {
    expect(() => execFileSync(kubernetesValidate!, ['--strict', '-k', NEWEST, file], { stdio: 'pipe' })).toThrow();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
