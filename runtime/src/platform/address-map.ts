import { readText } from './config-file';
import { UsageError } from './usage-error';

/**
 * Where to really connect for a host and port: what `--connect-to FILE` says (lines `host:port=host:port`).
 * The local run gives one to every program, so that configurations keep the names of the cluster.
 */
export class AddressMap {
  private constructor(private readonly entries: ReadonlyMap<string, string>) {}

  static empty(): AddressMap {
    return new AddressMap(new Map());
  }

  /** @throws UsageError when the file cannot be read, or naming the line that is wrong. */
  static fromFile(file: string): AddressMap {
    const entries = new Map<string, string>();
    for (const [index, line] of readText(file).split('\n').entries()) {
      const text = line.trim();
      if (text === '' || text.startsWith('#')) {
        continue;
      }
      const match = /^([^=\s]+:\d+)=([^=\s]+:\d+)$/.exec(text);
      if (match === null) {
        throw new UsageError(`${file}, line ${index + 1}: write host:port=host:port, not '${text}'`);
      }
      entries.set(match[1]!, match[2]!);
    }
    return new AddressMap(entries);
  }

  /** The `host:port` to connect to instead of this one, or undefined when the map does not speak of it. */
  find(hostAndPort: string): string | undefined {
    return this.entries.get(hostAndPort);
  }
}
