import { describe, expect, test } from 'vitest';
import { McpConnector, type StdioOptions } from '../../lib';
import { SDKS_OF_ALL_ERAS } from '../../runtime/src/testing/sdk-clients';
import { confinementOf } from '../support/containers/confinement';
import { ContainerPod } from '../support/containers/container-pod';
import { NODE_IMAGE, PYTHON_IMAGE, STATIC_IMAGE, useImages, type ServerImage } from '../support/containers/images';
import { asAnyUser, synthesizePod, type PodManifest } from '../support/containers/manifest';
import { findContainerTools } from '../support/containers/programs';

interface ImageCase {
  readonly what: string;
  readonly image: ServerImage;
  readonly transport?: StdioOptions;
  readonly tool: string;
  readonly args: Record<string, string>;
  readonly answer: string;
}

const pipes: StdioOptions = { connector: McpConnector.inPod({ pipes: true }) };
const echo = { tool: 'echo', args: { text: 'hello' }, answer: 'hello' };
const time = { tool: 'get_current_time', args: { timezone: 'Asia/Kolkata' }, answer: '+05:30' };

const CASES: ImageCase[] = [
  { what: 'one static file', image: STATIC_IMAGE, ...echo },
  { what: 'one static file, by pipes', image: STATIC_IMAGE, transport: pipes, ...echo },
  { what: 'Node', image: NODE_IMAGE, ...echo },
  { what: 'Python', image: PYTHON_IMAGE, ...time },
];

/** Starting Python takes seconds of the one CPU that the container has. */
const SLOW_START_MS = 90_000;

const tools = findContainerTools();

describe.skipIf(tools === undefined)('an image of', () => {
  const podman = useImages(tools, STATIC_IMAGE, NODE_IMAGE, PYTHON_IMAGE);

  const expectToServe = async (manifest: PodManifest, { tool, args, answer }: ImageCase) => {
    const pod = await ContainerPod.start(podman(), { manifest });
    for (const [, connect] of SDKS_OF_ALL_ERAS) {
      const client = await connect(pod.url, pod.newcomer(), {});
      expect(await client.tools()).toContain(tool);
      expect(await client.call(tool, args)).toContain(answer);
    }
    return pod;
  };

  test.each(CASES)('$what serves clients of all eras', async (example) => {
    await expectToServe(synthesizePod(example.image, example.transport), example);
  }, SLOW_START_MS);

  test.each(CASES)('$what runs as a user that nobody knows', async (example) => {
    const pod = await expectToServe(asAnyUser(synthesizePod(example.image, example.transport), 1_000_640_000), example);
    expect(confinementOf(pod.pid('server'))).toMatchObject({ uid: 1_000_640_000, gid: 0 });
  }, SLOW_START_MS);
});
