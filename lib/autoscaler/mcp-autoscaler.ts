import type { ApiObject } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import type { IMcpScalable } from './scalable';
import { TOOL_REQUESTS_PER_SECOND } from '../contract/metrics';
import { McpNamespace } from '../namespace/mcp-namespace';
import { fail, requireInteger } from '../workload/fail';
import { kubeObject } from '../workload/kube-object';

/** Sessions and streams end slowly: what looks idle for a minute is often still used. */
const SCALE_DOWN_STABILIZATION_SECONDS = 300;

/** How a server is scaled. */
export interface McpAutoscalerOptions {
  /**
   * Pods at least.
   *
   * @default 2 - so that the loss of one is no outage
   */
  readonly minReplicas?: number;

  /**
   * Pods at most.
   *
   * @default 10
   */
  readonly maxReplicas?: number;

  /**
   * Tool calls per second that one pod should take on average.
   *
   * @default 50
   */
  readonly toolRequestsPerSecond?: number;
}

/** A server and how it is scaled. */
export interface McpAutoscalerProps extends McpAutoscalerOptions {
  /** The server. */
  readonly target: IMcpScalable;
}

/**
 * Scales a server on the tool calls that its pods take: a HorizontalPodAutoscaler on the Pods metric
 * `mcp_tool_requests_per_second`, which prometheus-adapter derives from `mcp_tool_requests_total`.
 *
 * Our proxy emits that metric; a server that talks Streamable HTTP itself has to emit it, too.
 * Pods are taken away one a minute, after five quiet minutes, because sessions live in them.
 */
export class McpAutoscaler extends Construct {
  /** The HorizontalPodAutoscaler. */
  public readonly horizontalPodAutoscaler: ApiObject;

  constructor(scope: Construct, id: string, props: McpAutoscalerProps) {
    super(scope, id);
    const { target, minReplicas = 2, maxReplicas = 10, toolRequestsPerSecond = 50 } = props;
    requireInteger(this, 'minReplicas', minReplicas, 1);
    requireInteger(this, 'maxReplicas', maxReplicas, minReplicas);
    if (!(Number.isFinite(toolRequestsPerSecond) && toolRequestsPerSecond > 0)) {
      fail(this, `toolRequestsPerSecond is ${toolRequestsPerSecond}: write a number above 0`);
    }
    if (McpNamespace.containing(target) !== McpNamespace.containing(this)) {
      fail(this, `is in another namespace than ${target.node.path}, which it scales: create it beside it`);
    }
    target.delegateReplicas(minReplicas, maxReplicas);
    const { apiVersion, kind, name, metadata } = target.workload;
    const { labels } = metadata.toJson() as { labels: Record<string, string> };
    this.horizontalPodAutoscaler = kubeObject(this, 'hpa', k8s.KubeHorizontalPodAutoscalerV2.manifest({
      metadata: { name, labels },
      spec: {
        scaleTargetRef: { apiVersion, kind, name },
        minReplicas,
        maxReplicas,
        metrics: [{
          type: 'Pods',
          pods: {
            metric: { name: TOOL_REQUESTS_PER_SECOND },
            target: { type: 'AverageValue', averageValue: k8s.Quantity.fromString(String(toolRequestsPerSecond)) },
          },
        }],
        behavior: {
          scaleDown: {
            stabilizationWindowSeconds: SCALE_DOWN_STABILIZATION_SECONDS,
            policies: [{ type: 'Pods', value: 1, periodSeconds: 60 }],
          },
        },
      },
    }));
  }
}
