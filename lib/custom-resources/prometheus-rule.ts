import type { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import { kubeObject } from '../workload/kube-object';

/** One alerting rule of Prometheus. */
export interface AlertingRule {
  readonly alert: string;
  readonly expr: string;
  /** How long the expression must hold, such as `5m`. */
  readonly for: string;
  readonly labels: Record<string, string>;
  readonly annotations: Record<string, string>;
}

export interface PrometheusRuleOptions {
  readonly name: string;
  readonly labels: Record<string, string>;
  readonly groups: { name: string; rules: AlertingRule[] }[];
}

/** Prometheus Operator: alerting rules (monitoring.coreos.com/v1). */
export function prometheusRule(scope: Construct, id: string, options: PrometheusRuleOptions): ApiObject {
  return kubeObject(scope, id, {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: options.name, labels: options.labels },
    spec: { groups: options.groups },
  });
}
