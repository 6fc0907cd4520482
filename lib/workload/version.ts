import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Version of the library, and so of the image: manifests pin the image by it. */
export const LIBRARY_VERSION: string =
  (JSON.parse(readFileSync(join(__dirname, '..', '..', 'package.json'), 'utf8')) as { version: string }).version;

/** The companion image: proxy, gateway and registry. */
export function companionImage(imageRepository: string): string {
  return `${imageRepository}/cdk8s-mcp:${LIBRARY_VERSION}`;
}

/** Where images come from unless the fleet says otherwise. */
export const DEFAULT_IMAGE_REPOSITORY = 'ghcr.io/cdk8s-mcp';
