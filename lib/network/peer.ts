import { k8s } from 'cdk8s-plus-28';
import { NAMESPACE_NAME_LABEL } from '../contract/labels';

/** Addresses that no pod should ever reach: cloud metadata services hand out credentials there. */
const LINK_LOCAL_V4 = '169.254.0.0/16';
const LINK_LOCAL_V6 = 'fe80::/10';

/**
 * Somebody on the network that a pod may connect to.
 */
export class Peer {
  /**
   * Every pod of a namespace.
   *
   * @param namespace name of the namespace
   * @param port TCP port of its pods (not of a Service in front of them)
   */
  public static namespace(namespace: string, port: number): Peer {
    return new Peer([{ namespaceSelector: namespaceNamed(namespace) }], port);
  }

  /**
   * The pods of a namespace that carry labels.
   *
   * @param namespace name of the namespace
   * @param labels all of these
   * @param port TCP port of the pods (not of a Service in front of them)
   */
  public static pods(namespace: string, labels: { [key: string]: string }, port: number): Peer {
    return new Peer([{ namespaceSelector: namespaceNamed(namespace), podSelector: { matchLabels: labels } }], port);
  }

  /**
   * A range of addresses.
   *
   * @param cidr such as `203.0.113.0/24`; one that means the whole Internet is refused, see `Peer.internet`
   * @param port TCP port
   */
  public static cidr(cidr: string, port: number): Peer {
    return new Peer([{ ipBlock: { cidr } }], port, cidr);
  }

  /**
   * The whole Internet but link-local addresses, where cloud providers hand out credentials.
   * Weakens the isolation: name the addresses with `Peer.cidr` where they are known.
   *
   * @param port TCP port
   */
  public static internet(port: number): Peer {
    return new Peer([
      { ipBlock: { cidr: '0.0.0.0/0', except: [LINK_LOCAL_V4] } },
      { ipBlock: { cidr: '::/0', except: [LINK_LOCAL_V6] } },
    ], port);
  }

  private constructor(
    private readonly peers: k8s.NetworkPolicyPeer[],
    private readonly port: number,
    private readonly cidrText?: string,
  ) {}

  /** @internal */
  public _egressRule(): k8s.NetworkPolicyEgressRule {
    return { to: this.peers, ports: [tcp(this.port)] };
  }

  /**
   * What is wrong with it, or undefined.
   * @internal
   */
  public _problem(): string | undefined {
    if (!Number.isInteger(this.port) || this.port < 1 || this.port > 65535) {
      return `a peer has the port ${this.port}: write one from 1 to 65535`;
    }
    return this.cidrText === undefined ? undefined : cidrProblem(this.cidrText);
  }
}

/** Selects a namespace by the one label that Kubernetes itself sets. */
export function namespaceNamed(name: string): k8s.LabelSelector {
  return { matchLabels: { [NAMESPACE_NAME_LABEL]: name } };
}

export function tcp(port: number): k8s.NetworkPolicyPort {
  return { protocol: 'TCP', port: k8s.IntOrString.fromNumber(port) };
}

function cidrProblem(cidr: string): string | undefined {
  const match = /^([0-9.]+|[0-9a-fA-F:]+)\/(\d{1,3})$/.exec(cidr);
  if (match === null) {
    return `'${cidr}' is no CIDR: write something like 203.0.113.0/24 or 203.0.113.10/32`;
  }
  if (Number(match[2]) < 2) {
    return `'${cidr}' is the whole Internet: name the addresses that are meant, or say Peer.internet(port)`;
  }
  return cidr.startsWith('169.254.') || cidr.toLowerCase().startsWith('fe80')
    ? `'${cidr}' is link-local, where cloud providers hand out credentials: no server gets there`
    : undefined;
}
