import { k8s } from 'cdk8s-plus-28';
import { cidrProblem } from './cidr';
import { NAMESPACE_NAME_LABEL } from '../contract/labels';
import { isDnsLabel } from '../workload/fail';

/** Networks of one's own (RFC 1918, 6598, 4193), and link-local addresses: none of them is the Internet. */
const PRIVATE_V4 = ['10.0.0.0/8', '100.64.0.0/10', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16'];
const PRIVATE_V6 = ['fc00::/7', 'fe80::/10'];

/**
 * Somebody on the network that a pod may connect to, or that may connect to it.
 */
export class Peer {
  /**
   * Every pod of a namespace.
   *
   * @param namespace name of the namespace
   * @param port TCP port of its pods (not of a Service in front of them)
   */
  public static namespace(namespace: string, port: number): Peer {
    return new Peer([{ namespaceSelector: namespaceNamed(namespace) }], port, namespaceProblem(namespace));
  }

  /**
   * The pods of a namespace that carry labels.
   *
   * @param namespace name of the namespace
   * @param labels all of these
   * @param port TCP port of the pods (not of a Service in front of them)
   */
  public static pods(namespace: string, labels: { [key: string]: string }, port: number): Peer {
    return new Peer(
      [podsIn(namespace, labels)],
      port,
      namespaceProblem(namespace) ?? labelsProblem(labels),
    );
  }

  /**
   * A range of addresses.
   *
   * @param cidr such as `203.0.113.0/24`; one that means the whole Internet is refused, see `Peer.internet`
   * @param port TCP port
   */
  public static cidr(cidr: string, port: number): Peer {
    return new Peer([{ ipBlock: { cidr } }], port, cidrProblem(cidr));
  }

  /**
   * The whole Internet: every public address. Private ones are none of it, and neither are link-local ones, where
   * cloud providers hand out credentials. Weakens the isolation: name the addresses with `Peer.cidr` where they
   * are known.
   *
   * @param port TCP port
   */
  public static internet(port: number): Peer {
    return new Peer([
      { ipBlock: { cidr: '0.0.0.0/0', except: PRIVATE_V4 } },
      { ipBlock: { cidr: '::/0', except: PRIVATE_V6 } },
    ], port);
  }

  private constructor(
    private readonly peers: k8s.NetworkPolicyPeer[],
    private readonly port: number,
    private readonly problem?: string,
  ) {}

  /** @internal */
  public _ingressRule(): k8s.NetworkPolicyIngressRule {
    return { from: this.peers, ports: [tcp(this.port)] };
  }

  /** @internal */
  public _egressRule(): k8s.NetworkPolicyEgressRule {
    return { to: this.peers, ports: [tcp(this.port)] };
  }

  /**
   * What is wrong with it, or undefined.
   * @internal
   */
  public _problem(): string | undefined {
    return Number.isInteger(this.port) && this.port >= 1 && this.port <= 65535
      ? this.problem
      : `a peer has the port ${this.port}: write one from 1 to 65535`;
  }
}

/** Selects a namespace by the one label that Kubernetes itself sets. */
export function namespaceNamed(name: string): k8s.LabelSelector {
  return { matchLabels: { [NAMESPACE_NAME_LABEL]: name } };
}

/** The pods of a namespace that carry labels. */
export function podsIn(namespace: string, labels: { [key: string]: string }): k8s.NetworkPolicyPeer {
  return { namespaceSelector: namespaceNamed(namespace), podSelector: { matchLabels: labels } };
}

export function tcp(port: number): k8s.NetworkPolicyPort {
  return { protocol: 'TCP', port: k8s.IntOrString.fromNumber(port) };
}

/** A selector without a value would select every namespace. */
function namespaceProblem(namespace: string): string | undefined {
  return isDnsLabel(namespace)
    ? undefined
    : `a peer is in the namespace '${namespace}', which cannot exist: write the name of one, such as crm-db`;
}

/** A selector without a label would select every pod. */
function labelsProblem(labels: { [key: string]: string }): string | undefined {
  const entries = Object.entries(labels);
  if (entries.length === 0) {
    return 'a peer names pods by no label: write some, or say Peer.namespace() when every pod is meant';
  }
  const wrong = entries.find(([, value]) => !isLabelValue(value));
  return wrong && `a peer names pods by the label ${wrong[0]}=${wrong[1]}, which no pod can have: `
    + 'write at most 63 letters, digits, hyphens, underscores and dots';
}

function isLabelValue(value: unknown): boolean {
  return typeof value === 'string' && /^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/.test(value);
}
