/** A path inside a container, and where it is on this machine. */
export interface Mount {
  readonly mountPath: string;
  readonly localPath: string;
}

/** What may stand before and after a path in arguments, environment values and configuration texts. */
const BEFORE = String.raw`(?<=^|file://|[\s"'\`,:;=(\[{<>|&?#@])`;
const AFTER = String.raw`(?=$|[/\s"'\`,:;=)\]}<>|&?#\\])`;

/** Rewrites the paths of one container's mounts to where they are on this machine. */
export class Relocation {
  private readonly localPaths: ReadonlyMap<string, string>;
  private readonly pattern: RegExp | undefined;

  constructor(mounts: readonly Mount[]) {
    this.localPaths = new Map(mounts.map(({ mountPath, localPath }) => [withoutTrailingSlash(mountPath), localPath]));
    // The longest first: the innermost mount is where a path really leads.
    const paths = [...this.localPaths.keys()].sort((a, b) => b.length - a.length).map(escaped);
    this.pattern = paths.length === 0 ? undefined : new RegExp(`${BEFORE}(?:${paths.join('|')})${AFTER}`, 'gm');
  }

  /**
   * Replaces each mount path that stands as a whole path or as the beginning of one, and nothing else:
   * `/data` is found in `/data/notes` and `--root=/data`, and not in `/database` or `/x/data`.
   */
  rewrite(text: string): string {
    return this.pattern === undefined
      ? text
      : text.replace(this.pattern, (path) => this.localPaths.get(path)!);
  }
}

function withoutTrailingSlash(path: string): string {
  return path.replace(/\/+$/, '');
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
}
