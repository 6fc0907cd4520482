/** Registry and path, as the OCI distribution specification has them. */
const IMAGE_NAME = /^([A-Za-z0-9.-]+(:\d+)?\/)?[a-z0-9]+([._-]+[a-z0-9]+)*(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*$/;
const TAG = /^:[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const DIGEST = /^@sha256:[0-9a-f]{64}$/;

interface ImageReference {
  readonly name: string;
  /** With its colon. */
  readonly tag?: string;
  /** With its `@`. */
  readonly digest?: string;
}

/** Whether an image is named by digest: then nobody can put another program behind the name. */
export function isPinned(image: string): boolean {
  return DIGEST.test(parse(image).digest ?? '');
}

/** Tag of an image, or the beginning of its digest. */
export function imageVersion(image: string): string {
  const { tag, digest } = parse(image);
  return digest?.slice('@sha256:'.length, '@sha256:'.length + 12) ?? tag?.slice(1) ?? 'unknown';
}

/** Whether images can stand under a prefix such as `ghcr.io/cdk8s-mcp`. */
export function isImageRepository(prefix: string): boolean {
  return IMAGE_NAME.test(`${prefix}/image`);
}

/** What is wrong with the name of an image, or undefined. */
export function imageProblem(image: string): string | undefined {
  const { name, tag, digest } = parse(image);
  if (digest !== undefined && !DIGEST.test(digest)) {
    return `the digest of the image '${image}' is not whole: it is sha256: and 64 hexadecimal digits`;
  }
  if (digest === undefined && (tag === undefined || tag === ':latest')) {
    return `the image '${image}' ${tag === undefined ? 'has no tag' : "has the tag 'latest'"}, so what runs can change without anybody's doing: `
      + 'add a version or, better, a digest (image@sha256:…)';
  }
  return IMAGE_NAME.test(name) && (tag === undefined || TAG.test(tag))
    ? undefined
    : `'${image}' is no name of an image: write one such as registry.example.com/crm:1.0.0, in lower case and without a scheme`;
}

function parse(image: string): ImageReference {
  const [, name = '', tag, digest] = /^([^@]*?)(:[^:/@]*)?(@.*)?$/s.exec(image) ?? [];
  return { name, tag, digest };
}
