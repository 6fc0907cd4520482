import { lookup } from 'node:dns/promises';
import type { AddressMap } from '../../platform/address-map';
import type { Logger } from '../../platform/logger';

/** How long the addresses behind a name are taken for true: a new pod gets sessions after this at the latest. */
const DNS_TTL_MS = 2000;

/** Where the replicas of one server are: what the address map says, else the addresses behind the URL's host. */
export class Endpoints {
  private readonly replacement?: string;
  private readonly host: string;
  private readonly port: string;
  private addresses?: { readonly found: Promise<readonly string[]>; readonly until: number };

  constructor(url: URL, addressMap: AddressMap, private readonly logger: Logger) {
    this.port = url.port || (url.protocol === 'https:' ? '443' : '80');
    // URL writes IPv6 hosts in brackets; the resolver wants them without.
    this.host = url.hostname.replace(/^\[|\]$/g, '');
    this.replacement = addressMap.find(`${url.hostname}:${this.port}`);
  }

  /** All of them, as `host:port`, in no order. None when the name is unknown, as that of a Service without pods is. */
  find(): Promise<readonly string[]> {
    if (this.replacement !== undefined) {
      return Promise.resolve([this.replacement]);
    }
    if (this.addresses === undefined || this.addresses.until < Date.now()) {
      this.addresses = { found: this.resolve(), until: Date.now() + DNS_TTL_MS };
    }
    return this.addresses.found;
  }

  private async resolve(): Promise<readonly string[]> {
    try {
      const found = await lookup(this.host, { all: true });
      return found.map(({ address, family }) => `${family === 6 ? `[${address}]` : address}:${this.port}`);
    } catch (error) {
      this.logger.warn({ host: this.host, code: (error as NodeJS.ErrnoException).code }, 'server has no address');
      return [];
    }
  }
}
