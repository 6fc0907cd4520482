import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { ALERT } from '../../lib/contract/alerts';
import { METRIC } from '../../lib/contract/metrics';
import { synthesizeExample } from '../support/examples';
import { findTool } from '../support/tools';

interface Rule {
  alert: string;
  expr: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

const promtool = findTool('promtool');
const folder = mkdtempSync(join(tmpdir(), 'cdk8s-mcp-alerts-'));
const rulesFile = join(folder, 'rules.yaml');
let rules: Rule[];

beforeAll(async () => {
  const { objects } = await synthesizeExample('quickstart');
  const spec = objects.find(({ kind }) => kind === 'PrometheusRule')!.spec as { groups: { rules: Rule[] }[] };
  rules = spec.groups.flatMap((group) => group.rules);
  writeFileSync(rulesFile, stringify(spec));
});

afterAll(() => rmSync(folder, { recursive: true }));

test('the four alerts are there, each with all that people on call need', () => {
  expect(rules.map(({ alert }) => alert)).toEqual(Object.values(ALERT));
  for (const { labels, annotations } of rules) {
    expect(['page', 'ticket']).toContain(labels.severity);
    expect(Object.keys(annotations).sort()).toEqual(['dashboard_url', 'description', 'runbook_url', 'summary']);
  }
});

test('no alert is on a metric that nobody emits', () => {
  const emitted = new Set(Object.values(METRIC).map(({ name }) => name));
  const used = rules.flatMap(({ expr }) => [...expr.matchAll(/mcp_[a-z_]+?(?=_bucket|[{[])/g)].map(([name]) => name));
  expect(used.length).toBeGreaterThan(rules.length);
  expect(used.filter((name) => !emitted.has(name as never))).toEqual([]);
});

test.skipIf(promtool === undefined)('Prometheus accepts the rules', () => {
  const output = execFileSync(promtool!, ['check', 'rules', rulesFile], { encoding: 'utf8' });
  expect(output).toContain('SUCCESS: 4 rules found');
});

describe('what fires, and what does not', () => {
  const series = (name: string, values: string, labels = '', namespace = 'mcp-system') =>
    ({ series: `${name}{job="mcp-gateway",namespace="${namespace}"${labels}}`, values });
  const files = ',server="files"';
  const requests = series(METRIC.TOOL_REQUESTS.name, '0+600x60', files);
  interface Series { series: string; values: string }
  type Case = [title: string, alert: string, input: Series[], fires: Record<string, string>[]];
  const cases: Case[] = [
    ['1% of failures of the platform', ALERT.HIGH_ERROR_RATE,
      [requests, series(METRIC.TOOL_ERRORS.name, '0+6x60', `${files},error_type="unavailable"`)], [{ server: 'files' }]],
    ['errors of tools', ALERT.HIGH_ERROR_RATE,
      [requests, series(METRIC.TOOL_ERRORS.name, '0+60x60', `${files},error_type="tool_error"`)], []],
    ['refusals', ALERT.HIGH_ERROR_RATE,
      [requests, series(METRIC.TOOL_ERRORS.name, '0+60x60', `${files},error_type="denied"`)], []],
    ['failures of another fleet, or of a server that is called as the gateway', ALERT.HIGH_ERROR_RATE,
      [series(METRIC.TOOL_REQUESTS.name, '0+600x60', files, 'elsewhere'),
        series(METRIC.TOOL_ERRORS.name, '0+6x60', `${files},error_type="unavailable"`, 'elsewhere')], []],
    ['no traffic', ALERT.HIGH_ERROR_RATE,
      [series(METRIC.TOOL_REQUESTS.name, '0+0x60', files),
        series(METRIC.TOOL_ERRORS.name, '0+0x60', `${files},error_type="unavailable"`)], []],
    ['a slow hundredth', ALERT.LATENCY_DEGRADATION,
      latencies([[0.01, 960], [5, 1000]]), [{ server: 'files' }]],
    ['even latencies', ALERT.LATENCY_DEGRADATION, latencies([[0.01, 1000], [5, 1000]]), []],
    ['discovery that fails', ALERT.DISCOVERY_FAILURES,
      [series(METRIC.DISCOVERY_REQUESTS.name, '0+990x60', ',outcome="ok"'),
        series(METRIC.DISCOVERY_REQUESTS.name, '0+5x60', ',outcome="error"'),
        series(METRIC.DISCOVERY_REQUESTS.name, '0+5x60', ',outcome="unavailable"')], [{}]],
    ['discovery that works', ALERT.DISCOVERY_FAILURES,
      [series(METRIC.DISCOVERY_REQUESTS.name, '0+990x60', ',outcome="ok"'),
        series(METRIC.DISCOVERY_REQUESTS.name, '0+0x60', ',outcome="error"')], []],
    ['a golden path that fails now and then', ALERT.GOLDEN_PATH_REGRESSION,
      [series(METRIC.GOLDEN_PATH_RUNS.name, '0+9x60', ',path="read",outcome="success"'),
        series(METRIC.GOLDEN_PATH_RUNS.name, '0+1x60', ',path="read",outcome="failure"')], [{ path: 'read' }]],
    ['a golden path that works', ALERT.GOLDEN_PATH_REGRESSION,
      [series(METRIC.GOLDEN_PATH_RUNS.name, '0+9x60', ',path="read",outcome="success"')], []],
  ];

  function latencies(counts: [le: number, perMinute: number][]) {
    const total = Math.max(...counts.map(([, perMinute]) => perMinute));
    return [...counts, ['+Inf', total] as const].map(([le, perMinute]) => series(
      `${METRIC.OPERATION_DURATION.name}_bucket`, `0+${perMinute}x60`, `${files},mcp_method_name="tools/call",le="${le}"`));
  }

  test.skipIf(promtool === undefined).each(cases)('%s: %s', (title, alertname, input_series, expected) => {
    const severity = rules.find(({ alert }) => alert === alertname)!.labels.severity!;
    const file = join(folder, `${title.replaceAll(/\W/g, '-')}.test.yaml`);
    writeFileSync(file, stringify({
      rule_files: [rulesFile],
      evaluation_interval: '1m',
      tests: [{
        interval: '1m',
        input_series,
        promql_expr_test: [{
          expr: `count by (server, path, severity) (ALERTS{alertname="${alertname}",alertstate="firing"})`,
          eval_time: '50m',
          exp_samples: expected.map((labels) => ({
            labels: `{${Object.entries({ ...labels, severity }).map(([key, value]) => `${key}="${value}"`).join(',')}}`,
            value: 1,
          })),
        }],
      }],
    }));
    expect(() => execFileSync(promtool!, ['test', 'rules', file], { stdio: 'pipe' })).not.toThrow();
  });
});
