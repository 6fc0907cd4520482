import type { IConstruct } from 'constructs';
import type { IMcpServer } from '../server/mcp-server-interface';

/** What the constructs inside a fleet ask of it. */
export interface FleetContext {
  readonly name: string;
  readonly imageRepository: string;
  readonly monitoringNamespace: string;
  /** Whether PodMonitors and PrometheusRules are emitted. */
  readonly prometheusOperator: boolean;
  /** A server was created: route to it, and list it. */
  adopt(server: IMcpServer): void;
}

const contexts = new WeakMap<IConstruct, FleetContext>();

export function provideFleet(fleet: IConstruct, context: FleetContext): void {
  contexts.set(fleet, context);
}

/** The fleet that a construct belongs to. A construct may also stand alone, without one. */
export function fleetOf(construct: IConstruct): FleetContext | undefined {
  return construct.node.scopes.map((scope) => contexts.get(scope)).find((context) => context !== undefined);
}
