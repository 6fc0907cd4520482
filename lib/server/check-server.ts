import type { IConstruct } from 'constructs';
import { isPinned } from './mcp-source';
import type { McpServerProps } from './mcp-server-props';
import type { McpTransport } from './mcp-transport';
import type { McpVolume } from './mcp-volume';
import type { McpTier } from '../namespace/mcp-tier';
import { fail, requireDnsLabel, requireInteger } from '../workload/fail';

/** Environment variables whose names promise a secret. */
const SECRET_NAME = /(PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|PRIVATE_?KEY|CREDENTIAL)/i;

/** Ends the synthesis when the properties of a server make no sense, with what to do instead. */
export function checkServer(server: IConstruct, name: string, props: McpServerProps): void {
  requireDnsLabel(server, 'the name of a server (it is its id)', name);
  // People who write JavaScript, or whose version comes from elsewhere, get here without one.
  if ((props.source as unknown) === undefined) {
    fail(server, "has no source: say where its program comes from, such as source: McpSource.npm('PACKAGE', 'VERSION')");
  }
  const problem = props.source._problem()
    ?? first(props.volumes, (volume) => volume._problem())
    ?? first(props.egress, (peer) => peer._problem());
  if (problem !== undefined) {
    fail(server, problem);
  }
  checkTransport(server, props);
  checkEnvironment(server, props);
  checkVolumeNames(server, props);
  requireInteger(server, 'callTimeout', props.callTimeout?.toSeconds({ integral: false }) ?? 1, 1);
}

function checkTransport(server: IConstruct, { source, transport }: McpServerProps): void {
  if (source._spec.type === 'oci') {
    checkImageTransport(server, transport);
  } else if (transport?._spec.type === 'streamableHttp') {
    fail(server, 'is an npm package with the transport streamableHttp, but packages are run over stdio: '
      + 'leave transport out, or use an image of it with McpSource.oci()');
  } else if (transport !== undefined) {
    requireInteger(server, 'maxSessions', transport._spec.maxSessions, 1);
  }
}

function checkImageTransport(server: IConstruct, transport: McpTransport | undefined): void {
  if (transport === undefined) {
    fail(server, 'is an image and does not say how it talks: add transport: McpTransport.streamableHttp({ port: … })');
  }
  if (transport._spec.type === 'stdio') {
    fail(server, 'is an image that talks stdio, which needs the in-pod connector; that comes in a later release. '
      + 'Until then use an image that talks McpTransport.streamableHttp(), or the package with McpSource.npm()');
  }
  requireInteger(server, 'the port of the transport', transport._spec.port, 1, 65535);
}

function checkEnvironment(server: IConstruct, props: McpServerProps): void {
  const names = Object.keys(props.env ?? {});
  const impossible = names.find((name) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name));
  if (impossible !== undefined) {
    fail(server, `'${impossible}' cannot be the name of an environment variable: `
      + 'write letters, digits and underscores, and no digit first');
  }
  const suspect = names.find((name) => SECRET_NAME.test(name));
  if (suspect !== undefined) {
    fail(server, `the environment variable ${suspect} looks like a secret, and it would stand in the manifest for all to read: `
      + 'leave it out (secrets by file and by reference come in a later release)');
  }
}

function checkVolumeNames(server: IConstruct, { volumes = [] }: McpServerProps): void {
  const names = volumes.map(({ _name }) => _name);
  const double = volumes.find(({ _name }, index) => names.indexOf(_name) !== index);
  if (double !== undefined) {
    fail(server, `two volumes would be at '${double.path}' (or at paths that differ in signs only): `
      + 'choose another path for one of them');
  }
}

/** Ends the synthesis when an image is not pinned where the tier wants it to be. */
export function checkImage(server: IConstruct, tier: McpTier, image: string): void {
  if (tier.pinnedImages && !isPinned(image)) {
    fail(server, `runs the image '${image}' in the tier '${tier.name}', which takes images by digest only: `
      + 'write image@sha256:…, or use a tier that does not ask for it');
  }
}

/** Ends the synthesis when the sessions that the proxy may open do not fit into the container. */
export function checkMemory(server: IConstruct, neededMebibytes: number, limitMebibytes: number): void {
  if (limitMebibytes < neededMebibytes) {
    fail(server, `has a memory limit of ${limitMebibytes}Mi, but its sessions may take ${neededMebibytes}Mi, and then all of them die at once: `
      + 'raise the limit, or lower maxSessions or memoryPerSession of McpTransport.stdio()');
  }
}

/** Decides how many pods a server has; ends the synthesis when that cannot work. */
export function replicasOf(server: IConstruct, tier: McpTier, props: McpServerProps): number {
  const volume = persistentVolume(props);
  const replicas = props.replicas ?? (volume !== undefined || props.singletonReason !== undefined ? 1 : tier.replicas);
  requireInteger(server, 'replicas', replicas, 1);
  if (volume !== undefined && replicas > 1) {
    fail(server, `has ${replicas} replicas and keeps state in a persistent volume at ${volume.path}: each replica would have `
      + 'a volume, and so a state, of its own. Leave replicas out, or keep the state elsewhere');
  }
  if (replicas < 2 && tier.replicas > 1 && singletonReason(props) === undefined) {
    fail(server, `has a single replica in the tier '${tier.name}', where every restart would be an outage: `
      + `leave replicas out (the tier's default is ${tier.replicas}), or say why with singletonReason`);
  }
  return replicas;
}

/** Why a server runs as a single replica, by the user's word or because of its volume. */
export function singletonReason(props: McpServerProps): string | undefined {
  const volume = persistentVolume(props);
  return props.singletonReason ?? (volume && `keeps its state in the persistent volume at ${volume.path}`);
}

/** The volume that ties a server to a single pod, if it has one. */
export function persistentVolume(props: McpServerProps): McpVolume | undefined {
  return props.volumes?.find(({ isPersistent }) => isPersistent);
}

function first<T>(items: T[] | undefined, problemOf: (item: T) => string | undefined): string | undefined {
  return items?.map(problemOf).find((problem) => problem !== undefined);
}
