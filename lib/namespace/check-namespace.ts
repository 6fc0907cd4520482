import { ApiObject } from 'cdk8s';
import type { IConstruct } from 'constructs';
import type { McpTier } from './mcp-tier';
import { fleetOf } from '../fleet/fleet-context';
import { fail, requireDnsLabel } from '../workload/fail';

/** Namespaces by app and name: what an app synthesizes is applied to one cluster. */
const namesakes = new WeakMap<IConstruct, Map<string, IConstruct>>();

/** Ends the synthesis when a namespace cannot be. */
export function checkNamespace(namespace: IConstruct, name: string, tier: McpTier | undefined): void {
  requireDnsLabel(namespace, 'the name of a namespace', name);
  if (tier === undefined) {
    fail(namespace, 'has no tier: say how far its servers are trusted, such as tier: McpTier.UTILITY');
  }
  requireDnsLabel(namespace, 'the name of a tier', tier.name);
  if (name === 'default' || name.startsWith('kube-') || name === fleetOf(namespace)?.monitoringNamespace) {
    fail(namespace, `'${name}' is a namespace that others run in, and what is denied here would cut them off: use one of your own`);
  }
  checkNamesakes(namespace, name);
}

function checkNamesakes(namespace: IConstruct, name: string): void {
  const { root } = namespace.node;
  const known = namesakes.get(root) ?? new Map<string, IConstruct>();
  const namesake = known.get(name);
  if (namesake !== undefined) {
    fail(namespace, `is the Kubernetes namespace '${name}' as ${namesake.node.path} is, and one would overwrite the other: `
      + 'give it another name, or put what is for another cluster into an App of its own');
  }
  namesakes.set(root, known.set(name, namespace));
}

/** Sentences about objects that would overwrite each other, none when all have names of their own. */
export function objectProblems(namespace: IConstruct): string[] {
  const known = new Map<string, IConstruct>();
  return namespace.node.findAll().filter((construct) => ApiObject.isApiObject(construct)).flatMap((object) => {
    const key = [object.apiGroup, object.kind, object.metadata.namespace, object.name].join('/');
    const namesake = known.get(key);
    known.set(key, object);
    return namesake === undefined ? [] : [`${object.node.path} is the ${object.kind} '${object.name}' as ${namesake.node.path} is, `
      + 'and one would overwrite the other: give one of them another id'];
  });
}
