import { imageProblem } from '../workload/image';
import { DEFAULT_IMAGE_REPOSITORY } from '../workload/version';

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
   * The program of the image, and its first arguments. A server that talks stdio needs it: something of ours starts
   * the program, and nothing in a cluster tells it what the image would start by itself. `docker inspect IMAGE` and
   * `podman inspect IMAGE` tell you, as `Entrypoint` and `Cmd`.
   *
   * @default - the image's entrypoint
   */
  readonly command?: string[];

  /**
   * Arguments of the program.
   *
   * @default - the image's own; none with a command
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
  readonly command?: string[];
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
    return new McpSource({ type: 'oci', image, command: options.command, args: options.args });
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
    const args: unknown[] = this._spec.args ?? [];
    if (args.some((argument) => typeof argument !== 'string')) {
      return `one of its arguments is no string (${args.join(' ')}): write each in quotes`;
    }
    if (this._spec.type === 'oci') {
      return imageProblem(this._spec.image) ?? commandProblem(this._spec.command);
    }
    const { package: name, version } = this._spec;
    if (!/^(@[a-z0-9-~][a-z0-9-._~]*\/)?[a-z0-9-~][a-z0-9-._~]*$/.test(name)) {
      return `'${name}' is no name of an npm package: write one such as @modelcontextprotocol/server-filesystem`;
    }
    // npm drops build metadata (+…) when a package is published, so no package has it.
    if (!/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/.test(version)) {
      return `the version '${version}' of ${name} is not exact: write one such as 2026.8.31, so that what was reviewed is what runs`;
    }
    return imageProblem(this._image(DEFAULT_IMAGE_REPOSITORY));
  }
}

function commandProblem(command: unknown[] = ['any']): string | undefined {
  const isWhole = command.length > 0 && command.every((word) => typeof word === 'string') && command[0] !== '';
  return isWhole ? undefined
    : `its command names no program (${JSON.stringify(command)}): write the program and its arguments, such as ['python', '-m', 'server'], `
      + "or leave it out for the image's own";
}
