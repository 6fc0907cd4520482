import { BlockList, isIP } from 'node:net';

/** A range of addresses. */
interface Cidr {
  readonly address: string;
  readonly prefix: number;
  readonly family: 'ipv4' | 'ipv6';
}

/** Cloud metadata services hand out credentials there. */
const LINK_LOCAL: Cidr[] = [
  { address: '169.254.0.0', prefix: 16, family: 'ipv4' },
  { address: 'fe80::', prefix: 10, family: 'ipv6' },
];

/** What is wrong with a range of addresses that somebody names, or undefined. */
export function cidrProblem(text: string): string | undefined {
  const cidr = parse(text);
  if (cidr === undefined) {
    return `'${text}' is no CIDR: write something like 203.0.113.0/24 or 203.0.113.10/32`;
  }
  if (cidr.prefix < 2) {
    return `'${text}' is the whole Internet: name the addresses that are meant, or say Peer.internet(port)`;
  }
  return LINK_LOCAL.some((range) => contains(range, cidr) || contains(cidr, range))
    ? `'${text}' reaches link-local addresses, where cloud providers hand out credentials: name others`
    : undefined;
}

function parse(text: string): Cidr | undefined {
  const [, address = '', digits = ''] = /^([0-9a-fA-F.:]+)\/(\d{1,3})$/.exec(text) ?? [];
  const version = isIP(address);
  const prefix = Number(digits);
  return version === 0 || prefix > (version === 4 ? 32 : 128)
    ? undefined
    : { address, prefix, family: version === 4 ? 'ipv4' : 'ipv6' };
}

/** Of two ranges that overlap, one contains the first address of the other. */
function contains({ address, prefix, family }: Cidr, other: Cidr): boolean {
  const range = new BlockList();
  range.addSubnet(address, prefix, family);
  return range.check(other.address, other.family);
}
