import type { IConstruct } from 'constructs';
import { checkEnvironment } from './check-environment';
import { checkTransport } from './check-transport';
import type { McpServerProps } from './mcp-server-props';
import type { McpSource } from './mcp-source';
import type { McpTier } from '../namespace/mcp-tier';
import { fail, requireInteger, requireServiceName } from '../workload/fail';
import { isPinned } from '../workload/image';

/** A StatefulSet labels its pods with its name and a hash of eleven characters. */
const LONGEST_STATEFUL_SET_NAME = 52;

/** Ends the synthesis when the properties of a server make no sense, with what to do instead. */
export function checkServer(server: IConstruct, name: string, props: McpServerProps): void {
  requireServiceName(server, 'the name of a server (it is its id)', name);
  // People who write JavaScript, or whose version comes from elsewhere, get here without one.
  if ((props.source as McpSource | null | undefined) == null) {
    fail(server, "has no source: say where its program comes from, such as source: McpSource.npm('PACKAGE', 'VERSION')");
  }
  const problem = props.source._problem()
    ?? first(props.volumes, (volume) => volume._problem())
    ?? first(props.egress, (peer) => peer._problem());
  if (problem !== undefined) {
    fail(server, problem);
  }
  checkTransport(server, props);
  checkEnvironment(server, props.env);
  checkVolumes(server, name, props);
  requireInteger(server, 'callTimeout', props.callTimeout?.toSeconds({ integral: false }) ?? 1, 1);
}

function checkVolumes(server: IConstruct, name: string, { volumes = [] }: McpServerProps): void {
  const names = volumes.map(({ _name }) => _name);
  const double = volumes.find(({ _name }, index) => names.indexOf(_name) !== index);
  if (double !== undefined) {
    fail(server, `two volumes would be at '${double.path}' (or at paths that differ in signs only): `
      + 'choose another path for one of them');
  }
  if (name.length > LONGEST_STATEFUL_SET_NAME && volumes.some(({ isPersistent }) => isPersistent)) {
    fail(server, `has a persistent volume and a name of ${name.length} characters, but Kubernetes starts no pod of a StatefulSet `
      + `with more than ${LONGEST_STATEFUL_SET_NAME}: give it a shorter id`);
  }
}

/** Ends the synthesis when an image is not pinned where the tier wants it to be. */
export function checkImage(server: IConstruct, tier: McpTier, image: string): void {
  if (tier.pinnedImages && !isPinned(image)) {
    fail(server, `runs the image '${image}' in the tier '${tier.name}', which takes images by digest only: `
      + 'write image@sha256:… (the option image of McpSource.npm()), or use a tier that does not ask for it');
  }
}

/** Ends the synthesis when the sessions that the proxy may open do not fit into the container. */
export function checkMemory(server: IConstruct, neededMebibytes: number, limitMebibytes: number): void {
  if (limitMebibytes < neededMebibytes) {
    fail(server, `has a memory limit of ${limitMebibytes}Mi, but its sessions may take ${neededMebibytes}Mi, and then all of them die at once: `
      + 'raise the limit, or lower maxSessions, startedAhead or memoryPerSession of McpTransport.stdio()');
  }
}

/** Ends the synthesis when scratch volumes are larger than what the container may take. */
export function checkScratch(server: IConstruct, neededMebibytes: number, limitMebibytes: number): void {
  if (limitMebibytes < neededMebibytes) {
    fail(server, `has a limit of ${limitMebibytes}Mi of scratch space, but scratch volumes of ${neededMebibytes}Mi, which count against it: `
      + 'raise the limit (ephemeralStorage), or make the volumes smaller');
  }
}

function first<T>(items: T[] | undefined, problemOf: (item: T) => string | undefined): string | undefined {
  return items?.map(problemOf).find((problem) => problem !== undefined);
}
