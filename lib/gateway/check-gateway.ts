import type { IConstruct } from 'constructs';
import type { Statement } from './cedar-text';
import type { GatewayAuth } from './gateway-auth';
import { GATEWAY_REPLICAS } from './gateway-pod';
import type { McpGatewayProps } from './mcp-gateway-props';
import { PolicyTarget } from './policy-target';
import { Principal } from './principal';
import { fail, requireServiceName } from '../workload/fail';
import { checkReplicas } from '../workload/program';

const HOST = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** Ends the synthesis when the properties of a gateway make no sense, with what to do instead. */
export function checkGateway(gateway: IConstruct, name: string, props: McpGatewayProps): void {
  requireServiceName(gateway, 'the name of a gateway (it is its id)', name);
  if (!HOST.test(props.host)) {
    fail(gateway, `the host '${props.host}' is no DNS name: write one such as mcp.example.com, without scheme, port or path`);
  }
  checkReplicas(gateway, props.replicas ?? GATEWAY_REPLICAS, props.singletonReason);
  // JavaScript lets it be forgotten.
  if ((props.auth as GatewayAuth | undefined) === undefined) {
    fail(gateway, 'does not say how clients prove who they are: add auth: GatewayAuth.oidc({ … })');
  }
  const problem = props.auth._problem() ?? props.tls?._problem();
  if (problem !== undefined) {
    fail(gateway, problem);
  }
}

/** Ends the synthesis when a policy speaks of nobody or nothing: written down, it would mean something else. */
export function requireStatement(gateway: IConstruct, { effect, principal, target }: Statement): void {
  if (!(principal instanceof Principal) || !(target instanceof PolicyTarget)) {
    fail(gateway, `${effect}() takes a Principal and what a server offers: `
      + `write gateway.${effect}(Principal.group('support'), server.tools('search'))`);
  }
  if (principal._name === '') {
    fail(gateway, `${effect}() speaks of a group or user without a name: name it as the tokens do`);
  }
}
