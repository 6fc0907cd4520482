/** Options of a server that is published on npm. */
export interface NpmSourceOptions {
  /**
   * Arguments of the server's command.
   *
   * @default - none
   */
  readonly args?: string[];

  /**
   * The image that has the package installed beside our proxy, by tag or digest.
   *
   * @default - `REPOSITORY/npm/NAME:VERSION`, where REPOSITORY is the fleet's image repository and NAME the
   * package's name with `@` left out and `/` as `-`: packages are installed when an image is built, never when
   * a pod starts
   */
  readonly image?: string;
}

/** Options of a server that is an image. */
export interface OciSourceOptions {
  /**
   * Arguments of the image's entrypoint.
   *
   * @default - the image's own
   */
  readonly args?: string[];
}

/** @internal */
export interface NpmSource {
  readonly type: 'npm';
  readonly package: string;
  readonly version: string;
  readonly args: string[];
  readonly image?: string;
}

/** @internal */
export interface OciSource {
  readonly type: 'oci';
  readonly image: string;
  readonly args?: string[];
}

/**
 * Where a server's program comes from. How it talks is its transport.
 * The names are those of `packages[].registryType` in MCP's server.json.
 */
export class McpSource {
  /**
   * A package on npm that speaks stdio.
   *
   * @param packageName such as `@modelcontextprotocol/server-filesystem`
   * @param version exact, such as `2026.8.31`: what was reviewed is what runs
   */
  public static npm(packageName: string, version: string, options: NpmSourceOptions = {}): McpSource {
    return new McpSource({ type: 'npm', package: packageName, version, args: options.args ?? [], image: options.image });
  }

  /**
   * An image.
   *
   * @param image with a tag other than `latest`, or better a digest
   */
  public static oci(image: string, options: OciSourceOptions = {}): McpSource {
    return new McpSource({ type: 'oci', image, args: options.args });
  }

  private constructor(
    /** @internal */
    public readonly _spec: NpmSource | OciSource,
  ) {}

  /**
   * The image of the server's pods.
   * @internal
   */
  public _image(imageRepository: string): string {
    if (this._spec.type === 'oci') {
      return this._spec.image;
    }
    const { package: name, version, image } = this._spec;
    return image ?? `${imageRepository}/npm/${name.replace('@', '').replace('/', '-')}:${version}`;
  }

  /**
   * What is wrong with it, or undefined.
   * @internal
   */
  public _problem(): string | undefined {
    if (this._spec.type === 'oci') {
      return imageProblem(this._spec.image);
    }
    const { package: name, version, image } = this._spec;
    if (!/^(@[a-z0-9-~][a-z0-9-._~]*\/)?[a-z0-9-~][a-z0-9-._~]*$/.test(name)) {
      return `'${name}' is no name of an npm package: write one such as @modelcontextprotocol/server-filesystem`;
    }
    if (!/^\d+\.\d+\.\d+([-+][0-9A-Za-z.+-]+)?$/.test(version)) {
      return `the version '${version}' of ${name} is not exact: write one such as 2026.8.31, so that what was reviewed is what runs`;
    }
    return image === undefined ? undefined : imageProblem(image);
  }
}

/** Whether an image is named by digest: then nobody can put another program behind the name. */
export function isPinned(image: string): boolean {
  return /@sha256:[0-9a-f]{64}$/.test(image);
}

/** Tag of an image, or the beginning of its digest. */
export function imageVersion(image: string): string {
  return /@sha256:([0-9a-f]{12})/.exec(image)?.[1] ?? /:([^:/]+)$/.exec(image)?.[1] ?? 'unknown';
}

function imageProblem(image: string): string | undefined {
  if (isPinned(image)) {
    return undefined;
  }
  if (image.includes('@')) {
    return `the digest of the image '${image}' is not whole: it is sha256: and 64 hexadecimal digits`;
  }
  const tag = /:([A-Za-z0-9_][A-Za-z0-9._-]{0,127})$/.exec(image)?.[1];
  if (tag === undefined || tag === 'latest') {
    return `the image '${image}' ${tag === undefined ? 'has no tag' : "has the tag 'latest'"}, so what runs can change without anybody's doing: `
      + 'add a version or, better, a digest (image@sha256:…)';
  }
  return undefined;
}
