import { App, Chart, Duration, Size } from 'cdk8s';
import { Cpu } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { describe, expect, test } from 'vitest';
import {
  GatewayAuth, GatewayTls, McpAlerts, McpAutoscaler, McpConnector, McpFleet, McpGateway, McpNamespace, McpRegistry,
  McpServer, McpSource, McpTier, McpTransport, McpVolume, Peer, Principal, type McpFleetProps, type McpServerProps,
} from '../../lib';

/** Every mistake that the library knows, and what it says of it: readable as a page. */

const VERSION = '1.0.0';
const DIGEST = `registry.example.com/crm@sha256:${'0'.repeat(64)}`;
const source = McpSource.npm('some-server', VERSION);
const http = McpTransport.streamableHttp();
/** What a JavaScript program, or a variable of the environment, may give. */
const forgotten = undefined as unknown as string;
const auth = GatewayAuth.oidc({ issuer: 'https://auth.example.com', egress: [Peer.cidr('203.0.113.10/32', 443)] });

function newFleet(props: Partial<McpFleetProps> = {}): McpFleet {
  return new McpFleet(new App(), 'fleet', { host: 'mcp.example.com', auth, ...props });
}

function newNamespace(tier = McpTier.UTILITY): McpNamespace {
  return new McpNamespace(newFleet(), 'team', { tier });
}

function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('there was no error');
}

function server(props: Partial<McpServerProps>, options: { id?: string; tier?: McpTier } = {}): () => McpServer {
  return () => new McpServer(newNamespace(options.tier), options.id ?? 'crm', { source, ...props });
}

/** An image that talks stdio. */
function image(options: Parameters<typeof McpTransport.stdio>[0], props: Partial<McpServerProps> = {}) {
  return server({ source: McpSource.oci(DIGEST, { command: ['server'] }), transport: McpTransport.stdio(options), ...props });
}

const MISTAKES: [title: string, action: () => unknown, message: string | RegExp][] = [
  // ---- where a server stands, and what it is called
  ['a server in no namespace of ours', () => new McpServer(new Chart(new App(), 'chart'), 'crm', { source }),
    "[chart/crm] is in no McpNamespace, so nothing isolates it: create it in one, such as new McpNamespace(fleet, 'utility', { tier: McpTier.UTILITY })"],
  ['a name that is no DNS label', server({}, { id: 'My_Server' }),
    "[fleet/team/My_Server] 'My_Server' cannot be the name of a server (it is its id): write a DNS label, which is at most 63 lower case letters, digits and hyphens, and neither begins nor ends with a hyphen"],
  ['a name that DNS takes and a Service does not', server({}, { id: '1password' }),
    "[fleet/team/1password] '1password' cannot be the name of a server (it is its id): the name of a Service begins with a letter, so write one such as 'mcp-1password'"],
  ['a name that leaves no room for the hash of a StatefulSet', () => server(
    { volumes: [McpVolume.persistent('/data', Size.gibibytes(1))] }, { id: 'a'.repeat(53) })(),
  /^\[fleet\/team\/a+\] has a persistent volume and a name of 53 characters, but Kubernetes starts no pod of a StatefulSet with more than 52: give it a shorter id$/],
  ['a server in a chart of its own', () => new McpServer(new Chart(newNamespace(), 'chart'), 'crm', { source }),
    "[fleet/team/chart/crm] is in no McpNamespace, so nothing isolates it: create it in one, such as new McpNamespace(fleet, 'utility', { tier: McpTier.UTILITY })"],
  ['an object that would overwrite another one', () => {
    const fleet = newFleet();
    new McpServer(new Construct(fleet.system, 'more'), 'mcp-gateway', { source: McpSource.oci(DIGEST), transport: http });
    return App.of(fleet).synth();
  },
  /\[fleet\/mcp-system\] fleet\/mcp-system\/more\/mcp-gateway\/workload is the Deployment 'mcp-gateway' as fleet\/mcp-system\/mcp-gateway\/workload is, and one would overwrite the other: give one of them another id/],
  ['two servers of one name', () => {
    const fleet = newFleet();
    for (const namespace of ['a', 'b']) {
      new McpServer(new McpNamespace(fleet, namespace, { tier: McpTier.UTILITY }), 'crm', { source });
    }
  }, '[fleet/b/crm] has the name of fleet/a/crm, but its name is its route at the gateway: give one of them another id'],

  // ---- source
  ['no source', server({ source: undefined }),
    "[fleet/team/crm] has no source: say where its program comes from, such as source: McpSource.npm('PACKAGE', 'VERSION')"],
  ['a version that is not exact', server({ source: McpSource.npm('some-server', 'latest') }),
    "[fleet/team/crm] the version 'latest' of some-server is not exact: write one such as 2026.8.31, so that what was reviewed is what runs"],
  ['a range of versions', server({ source: McpSource.npm('some-server', '^1.0.0') }),
    "[fleet/team/crm] the version '^1.0.0' of some-server is not exact: write one such as 2026.8.31, so that what was reviewed is what runs"],
  ['a version that npm never has', server({ source: McpSource.npm('some-server', '1.0.0+build') }),
    "[fleet/team/crm] the version '1.0.0+build' of some-server is not exact: write one such as 2026.8.31, so that what was reviewed is what runs"],
  ['an argument that is no string', server({ source: McpSource.npm('some-server', VERSION, { args: ['--port', 8080 as unknown as string] }) }),
    '[fleet/team/crm] one of its arguments is no string (--port 8080): write each in quotes'],
  ['a package that cannot exist', server({ source: McpSource.npm('Some Server', VERSION) }),
    "[fleet/team/crm] 'Some Server' is no name of an npm package: write one such as @modelcontextprotocol/server-filesystem"],
  ['an image with the tag latest', server({ source: McpSource.oci('registry.example.com/crm:latest'), transport: http }),
    "[fleet/team/crm] the image 'registry.example.com/crm:latest' has the tag 'latest', so what runs can change without anybody's doing: add a version or, better, a digest (image@sha256:…)"],
  ['an image without a tag', server({ source: McpSource.oci('registry.example.com:5000/crm'), transport: http }),
    "[fleet/team/crm] the image 'registry.example.com:5000/crm' has no tag, so what runs can change without anybody's doing: add a version or, better, a digest (image@sha256:…)"],
  ['an image with half a digest', server({ source: McpSource.oci('registry.example.com/crm@sha256:abc'), transport: http }),
    "[fleet/team/crm] the digest of the image 'registry.example.com/crm@sha256:abc' is not whole: it is sha256: and 64 hexadecimal digits"],
  ['an image that is a URL', server({ source: McpSource.oci('https://registry.example.com/crm:1.0'), transport: http }),
    "[fleet/team/crm] 'https://registry.example.com/crm:1.0' is no name of an image: write one such as registry.example.com/crm:1.0.0, in lower case and without a scheme"],
  ['no image', server({ source: McpSource.oci(forgotten), transport: http }),
    "[fleet/team/crm] the image 'undefined' has no tag, so what runs can change without anybody's doing: add a version or, better, a digest (image@sha256:…)"],
  ['an image by tag in a core tier', server({ source: McpSource.oci('registry.example.com/crm:1.0'), transport: http }, { tier: McpTier.CORE }),
    "[fleet/team/crm] runs the image 'registry.example.com/crm:1.0' in the tier 'core', which takes images by digest only: write image@sha256:… (the option image of McpSource.npm()), or use a tier that does not ask for it"],

  // ---- transport
  ['an image that does not say how it talks', server({ source: McpSource.oci(DIGEST) }),
    '[fleet/team/crm] is an image and does not say how it talks: add transport: McpTransport.stdio() or McpTransport.streamableHttp({ port: … })'],
  ['an image that talks stdio by a program that nobody names', image({}, { source: McpSource.oci('registry.example.com/crm:1.0') }),
    "[fleet/team/crm] is an image that talks stdio, and does not say which program of it does: ours has to start it, and nothing in a cluster tells what the image would start. Add it to McpSource.oci(), such as command: ['python', '-m', 'server']; `docker inspect registry.example.com/crm:1.0` or `podman inspect registry.example.com/crm:1.0` shows it as Entrypoint and Cmd"],
  ['an image with both programs, of which nobody names the server', image({ connector: McpConnector.child() }, { source: McpSource.oci(DIGEST) }),
    /^\[fleet\/team\/crm\] is an image that talks stdio, and does not say which program of it does: /],
  ['an empty command', image({}, { source: McpSource.oci(DIGEST, { command: [] }) }),
    "[fleet/team/crm] its command names no program ([]): write the program and its arguments, such as ['python', '-m', 'server'], or leave it out for the image's own"],
  ['a command that is a variable left undefined', server({ source: McpSource.oci(DIGEST, { command: [forgotten] }), transport: http }),
    "[fleet/team/crm] its command names no program ([null]): write the program and its arguments, such as ['python', '-m', 'server'], or leave it out for the image's own"],
  ['a package in a pod of an image', server({ transport: McpTransport.stdio({ connector: McpConnector.inPod({ pipes: true }) }) }),
    '[fleet/team/crm] is an npm package with the connector McpConnector.inPod(), but the images of packages have our proxy in them, and it starts the server: leave connector out, or use an image of the server alone with McpSource.oci()'],
  ['a package that talks HTTP', server({ transport: http }),
    '[fleet/team/crm] is an npm package with the transport streamableHttp, but packages are run over stdio: leave transport out, or use an image of it with McpSource.oci()'],
  ['a port that does not exist', server({ source: McpSource.oci(DIGEST), transport: McpTransport.streamableHttp({ port: 80800 }) }),
    '[fleet/team/crm] the port of the transport is 80800: write a whole number from 1 to 65535'],
  ['a path that is none', server({ source: McpSource.oci(DIGEST), transport: McpTransport.streamableHttp({ path: 'mcp' }) }),
    "[fleet/team/crm] 'mcp' is no path: write one that begins with a slash and has no query, such as /mcp"],
  ['no session at all', server({ transport: McpTransport.stdio({ maxSessions: 0 }) }),
    '[fleet/team/crm] maxSessions is 0: write a whole number of at least 1'],
  ['half a session of an image', image({ maxSessions: 0.5 }),
    '[fleet/team/crm] maxSessions is 0.5: write a whole number of at least 1'],
  ['less than nothing started ahead', image({ startedAhead: -1 }),
    '[fleet/team/crm] startedAhead is -1: write a whole number of at least 0'],
  ['a process that may not even be', image({ connector: McpConnector.inPod({ tasksPerSession: 0 }) }),
    '[fleet/team/crm] tasksPerSession is 0: write a whole number of at least 1'],
  ['a session without memory', image({ memoryPerSession: Size.kibibytes(512) }),
    '[fleet/team/crm] memoryPerSession in MiB is 0.5: write a whole number of at least 1'],
  ['resources of a proxy that is in the same container', server({ proxyResources: { memory: { limit: Size.mebibytes(512) } } }),
    '[fleet/team/crm] has proxyResources, and no container for the proxy alone: the proxy and the server share one, so write resources instead'],
  ['resources of a proxy that is not there', server({ source: McpSource.oci(DIGEST), transport: http, proxyResources: {} }),
    '[fleet/team/crm] has proxyResources, and no container for the proxy alone: it talks Streamable HTTP itself, so leave them out'],

  // ---- replicas
  ['negative replicas', server({ replicas: -1 }), '[fleet/team/crm] replicas is -1: write a whole number of at least 1'],
  ['half a replica', server({ replicas: 1.5 }), '[fleet/team/crm] replicas is 1.5: write a whole number of at least 1'],
  ['replicas of a volume', server({ replicas: 2, volumes: [McpVolume.persistent('/data', Size.gibibytes(1))] }),
    '[fleet/team/crm] has 2 replicas and keeps state in a persistent volume at /data: each replica would have a volume, and so a state, of its own. Leave replicas out, or keep the state elsewhere'],
  ['a single replica in a core tier', server({ replicas: 1, source: McpSource.oci(DIGEST), transport: http }, { tier: McpTier.CORE }),
    "[fleet/team/crm] has a single replica in the tier 'core', where every restart would be an outage: leave replicas out (the tier's default is 2), or say why with singletonReason"],
  ['an autoscaler on a volume', () => server({ volumes: [McpVolume.persistent('/data', Size.gibibytes(1))] })().autoscale(),
    '[fleet/team/crm] cannot be scaled: it keeps state in a persistent volume at /data, which belongs to one pod'],
  ['an autoscaler on a server that is single for a reason', () => server({ singletonReason: 'holds a lock' })().autoscale(),
    '[fleet/team/crm] cannot be scaled: its singletonReason says why it is a single replica (holds a lock)'],
  ['an autoscaler that leaves one pod in a core tier', () => server(
    { source: McpSource.oci(DIGEST), transport: http }, { tier: McpTier.CORE })().autoscale({ minReplicas: 1 }),
  "[fleet/team/crm] would be scaled down to a single replica in the tier 'core', where every restart would be an outage: raise minReplicas to 2 at least"],
  ['an autoscaler in another namespace', () => {
    const fleet = newFleet();
    const crm = new McpServer(new McpNamespace(fleet, 'team', { tier: McpTier.UTILITY }), 'crm', { source });
    return new McpAutoscaler(fleet.system, 'autoscaler', { target: crm });
  }, '[fleet/mcp-system/autoscaler] is in another namespace than fleet/team/crm, which it scales: create it beside it'],
  ['an autoscaler beside replicas', () => server({ replicas: 3 })().autoscale(),
    '[fleet/team/crm] has both replicas and an autoscaler, which would overrule each other: leave replicas out'],
  ['an autoscaler upside down', () => server({})().autoscale({ minReplicas: 5, maxReplicas: 2 }),
    '[fleet/team/crm/autoscaler] maxReplicas is 2: write a whole number of at least 5'],
  ['an autoscaler without a target value', () => server({})().autoscale({ toolRequestsPerSecond: 0 }),
    '[fleet/team/crm/autoscaler] toolRequestsPerSecond is 0: write a number above 0'],
  ['an autoscaler with a target that nobody reaches', () => server({})().autoscale({ toolRequestsPerSecond: Infinity }),
    '[fleet/team/crm/autoscaler] toolRequestsPerSecond is Infinity: write a number above 0'],
  ['two autoscalers', () => {
    const crm = server({})();
    crm.autoscale();
    return new McpAutoscaler(crm, 'second', { target: crm });
  }, '[fleet/team/crm] has an autoscaler already: two of them would overrule each other'],

  // ---- what it takes and where it writes
  ['too little memory', server({ resources: { memory: { limit: Size.mebibytes(128) } } }),
    '[fleet/team/crm] has a memory limit of 128Mi, but its sessions may take 992Mi, and then all of them die at once: raise the limit, or lower maxSessions, startedAhead or memoryPerSession of McpTransport.stdio()'],
  ['too little memory for what the shim starts', image({ maxSessions: 2, memoryPerSession: Size.mebibytes(200) }, { resources: { memory: { limit: Size.mebibytes(512) } } }),
    '[fleet/team/crm] has a memory limit of 512Mi, but its sessions may take 616Mi, and then all of them die at once: raise the limit, or lower maxSessions, startedAhead or memoryPerSession of McpTransport.stdio()'],
  ['requests above limits', server({ resources: { cpu: { request: Cpu.units(4) } } }),
    '[fleet/team/crm] requests more CPU (4) than its limit (1): raise the limit or lower the request'],
  ['a limit that Kubernetes takes for none', server({ resources: { cpu: { limit: Cpu.millis(0) } } }),
    '[fleet/team/crm] has CPU of 0m to 0m: write a request and a limit above 0'],
  ['scratch volumes above the limit', server({ volumes: [McpVolume.scratch('/cache', Size.gibibytes(1))], resources: { ephemeralStorage: { limit: Size.mebibytes(512) } } }),
    '[fleet/team/crm] has a limit of 512Mi of scratch space, but scratch volumes of 1024Mi, which count against it: raise the limit (ephemeralStorage), or make the volumes smaller'],
  ['a volume without a size', server({ volumes: [McpVolume.scratch('/data', undefined as unknown as Size)] }),
    "[fleet/team/crm] the volume '/data' has no size: write one such as Size.gibibytes(1)"],
  ['a volume of nothing', server({ volumes: [McpVolume.persistent('/data', Size.gibibytes(0))] }),
    "[fleet/team/crm] the volume '/data' has no size: write one such as Size.gibibytes(1)"],
  ['a volume with a path of signs', server({ volumes: [McpVolume.scratch('/_', Size.mebibytes(1))] }),
    "[fleet/team/crm] the volume '/_' has no absolute path: write one such as /data"],
  ['a volume called as one of the pod', server({ volumes: [McpVolume.scratch('/Tmp', Size.mebibytes(1))] }),
    "[fleet/team/crm] the volume '/Tmp' would be called tmp, as another volume of the pod: choose another path, such as /data"],
  ['a volume with a relative path', server({ volumes: [McpVolume.scratch('data', Size.mebibytes(1))] }),
    "[fleet/team/crm] the volume 'data' has no absolute path: write one such as /data"],
  ['a volume over what is there', server({ volumes: [McpVolume.scratch('/etc/cdk8s-mcp', Size.mebibytes(1))] }),
    "[fleet/team/crm] the volume '/etc/cdk8s-mcp' would hide a directory that the pod already has: choose another path, such as /data"],
  ['a volume over the shim', server({ volumes: [McpVolume.scratch('/opt/cdk8s-mcp/more', Size.mebibytes(1))] }),
    "[fleet/team/crm] the volume '/opt/cdk8s-mcp/more' would hide a directory that the pod already has: choose another path, such as /data"],
  ['two volumes in one place', server({ volumes: [McpVolume.scratch('/a', Size.mebibytes(1)), McpVolume.scratch('/a', Size.mebibytes(1))] }),
    "[fleet/team/crm] two volumes would be at '/a' (or at paths that differ in signs only): choose another path for one of them"],
  ['a call without time', server({ callTimeout: Duration.seconds(0) }),
    '[fleet/team/crm] callTimeout is 0: write a whole number of at least 1'],
  ['a secret in the environment', server({ env: { CRM_API_KEY: 'x' } }),
    '[fleet/team/crm] the environment variable CRM_API_KEY looks like a secret, and it would stand in the manifest for all to read: leave it out (secrets by file and by reference come in a later release)'],
  ['a secret in the environment of an image', image({}, { env: { GITHUB_TOKEN: 'ghp_x' } }),
    '[fleet/team/crm] the environment variable GITHUB_TOKEN looks like a secret, and it would stand in the manifest for all to read: leave it out (secrets by file and by reference come in a later release)'],
  ['an environment variable that is no string', server({ env: { PORT: 8080 as unknown as string } }),
    '[fleet/team/crm] the environment variable PORT is 8080: write a string'],
  ['a name that is no environment variable', server({ env: { 'not a name': 'x' } }),
    "[fleet/team/crm] 'not a name' cannot be the name of an environment variable: write letters, digits and underscores, and no digit first"],

  // ---- network
  ['a peer that is no CIDR', server({ egress: [Peer.cidr('10.0.0.1', 443)] }),
    "[fleet/team/crm] '10.0.0.1' is no CIDR: write something like 203.0.113.0/24 or 203.0.113.10/32"],
  ['the whole Internet by its address', server({ egress: [Peer.cidr('0.0.0.0/0', 443)] }),
    "[fleet/team/crm] '0.0.0.0/0' is the whole Internet: name the addresses that are meant, or say Peer.internet(port)"],
  ['half of the Internet', server({ egress: [Peer.cidr('128.0.0.0/1', 443)] }),
    "[fleet/team/crm] '128.0.0.0/1' is the whole Internet: name the addresses that are meant, or say Peer.internet(port)"],
  ['the metadata service', server({ egress: [Peer.cidr('169.254.169.254/32', 80)] }),
    "[fleet/team/crm] '169.254.169.254/32' reaches link-local addresses, where cloud providers hand out credentials: name others"],
  ['a range that holds the metadata service', server({ egress: [Peer.cidr('160.0.0.0/4', 80)] }),
    "[fleet/team/crm] '160.0.0.0/4' reaches link-local addresses, where cloud providers hand out credentials: name others"],
  ['the metadata service in the words of IPv6', server({ egress: [Peer.cidr('::ffff:169.254.169.254/128', 80)] }),
    "[fleet/team/crm] '::ffff:169.254.169.254/128' reaches link-local addresses, where cloud providers hand out credentials: name others"],
  ['a peer with impossible addresses', server({ egress: [Peer.cidr('10.0.0.0/33', 443)] }),
    "[fleet/team/crm] '10.0.0.0/33' is no CIDR: write something like 203.0.113.0/24 or 203.0.113.10/32"],
  ['a peer in a namespace that was left undefined', server({ egress: [Peer.namespace(forgotten, 5432)] }),
    "[fleet/team/crm] a peer is in the namespace 'undefined', which cannot exist: write the name of one, such as crm-db"],
  ['admission of pods in a namespace that was left undefined', () => server({})().admit(forgotten, { app: 'crm' }, 8080),
    "[fleet/team/crm] a peer is in the namespace 'undefined', which cannot exist: write the name of one, such as crm-db"],
  ['pods without labels', server({ egress: [Peer.pods('crm-db', {}, 5432)] }),
    '[fleet/team/crm] a peer names pods by no label: write some, or say Peer.namespace() when every pod is meant'],
  ['pods by a label that was left undefined', server({ egress: [Peer.pods('crm-db', { app: forgotten }, 5432)] }),
    '[fleet/team/crm] a peer names pods by the label app=undefined, which no pod can have: write at most 63 letters, digits, hyphens, underscores and dots'],
  ['a peer without a port', server({ egress: [Peer.namespace('db', 0)] }),
    '[fleet/team/crm] a peer has the port 0: write one from 1 to 65535'],

  // ---- namespace and quota
  ['a namespace that is no DNS label', () => new McpNamespace(newFleet(), 'Team A', { tier: McpTier.UTILITY }),
    "[fleet/Team A] 'Team A' cannot be the name of a namespace: write a DNS label, which is at most 63 lower case letters, digits and hyphens, and neither begins nor ends with a hyphen"],
  ['a namespace without a tier', () => new McpNamespace(newFleet(), 'team', { tier: undefined as unknown as McpTier }),
    '[fleet/team] has no tier: say how far its servers are trusted, such as tier: McpTier.UTILITY'],
  ["a namespace of the cluster's own", () => new McpNamespace(newFleet(), 'team', { tier: McpTier.UTILITY, name: 'kube-system' }),
    "[fleet/team] 'kube-system' is a namespace that others run in, and what is denied here would cut them off: use one of your own"],
  ['the namespace of Prometheus', () => new McpNamespace(newFleet(), 'monitoring', { tier: McpTier.UTILITY }),
    "[fleet/monitoring] 'monitoring' is a namespace that others run in, and what is denied here would cut them off: use one of your own"],
  ['two namespaces of one name', () => new McpNamespace(newFleet(), 'other', { tier: McpTier.UTILITY, name: 'mcp-system' }),
    "[fleet/other] is the Kubernetes namespace 'mcp-system' as fleet/mcp-system is, and one would overwrite the other: give it another name, or put what is for another cluster into an App of its own"],
  ['two fleets in one namespace', () => {
    const app = new App();
    new McpFleet(app, 'one', { host: 'mcp.example.com', auth });
    return new McpFleet(app, 'two', { host: 'mcp.example.com', auth });
  }, "[two/mcp-system] is the Kubernetes namespace 'mcp-system' as one/mcp-system is, and one would overwrite the other: give it another name, or put what is for another cluster into an App of its own"],
  ['more than the quota', () => {
    const namespace = newNamespace(McpTier.EXPERIMENTAL);
    new McpServer(namespace, 'crm', { source, replicas: 50 });
    return App.of(namespace).synth();
  },
  /Validation failed with the following errors:\n {2}\[fleet\/team\] its workloads may take 51000m of CPU limits at their largest \(with the pod that an update adds\), but the quota of its tier allows 8000m: lower replicas or resources, or use a tier with a larger quota \(McpTier.of\)/],

  // ---- gateway, registry, policies
  ['a host that is a URL', () => new McpFleet(new App(), 'fleet', { host: 'https://mcp.example.com', auth }),
    "[fleet/mcp-system/mcp-gateway] the host 'https://mcp.example.com' is no DNS name: write one such as mcp.example.com, without scheme, port or path"],
  ['no authentication', () => new McpFleet(new App(), 'fleet', { host: 'mcp.example.com', auth: undefined as unknown as GatewayAuth }),
    '[fleet/mcp-system/mcp-gateway] does not say how clients prove who they are: add auth: GatewayAuth.oidc({ … })'],
  ['a Secret that was left undefined', () => newFleet({ gateway: { tls: GatewayTls.secret(forgotten) } }),
    "[fleet/mcp-system/mcp-gateway] 'undefined' cannot be the name of a Secret: write one such as mcp-gateway-tls"],
  ['a namespace of Prometheus that cannot exist', () => new McpFleet(new App(), 'fleet', { host: 'mcp.example.com', auth, monitoringNamespace: '' }),
    "[fleet] '' cannot be the namespace of Prometheus: write a DNS label, which is at most 63 lower case letters, digits and hyphens, and neither begins nor ends with a hyphen"],
  ['images from a URL', () => new McpFleet(new App(), 'fleet', { host: 'mcp.example.com', auth, imageRepository: 'https://ghcr.io/mirror/' }),
    "[fleet] the imageRepository 'https://ghcr.io/mirror/' is no place for images: write one such as registry.example.com/mirror, without a scheme, and without a slash at the end"],
  ['a scope that would end its header', () => newFleet({ auth: GatewayAuth.oidc({ issuer: 'https://auth.example.com', egress: [Peer.internet(443)], requiredScopes: ['mcp"'] }) }),
    "[fleet/mcp-system/mcp-gateway] 'mcp\"' is no OAuth scope: write one for each, without blanks and quotes, such as mcp:tools"],
  ['an issuer without TLS', () => newFleet({ auth: GatewayAuth.oidc({ issuer: 'http://auth.example.com', egress: [Peer.internet(443)] }) }),
    "[fleet/mcp-system/mcp-gateway] the issuer 'http://auth.example.com' is no https URL: write it as it stands in the tokens' iss, such as https://auth.example.com"],
  ['an issuer that is nowhere', () => newFleet({ auth: GatewayAuth.oidc({ issuer: 'https://auth.example.com', egress: [] }) }),
    "[fleet/mcp-system/mcp-gateway] nothing says where the issuer https://auth.example.com is on the network, so the gateway could not fetch its keys: add egress: [Peer.cidr('203.0.113.10/32', 443)] or where else it is"],
  ['no gateway', () => new McpGateway(newNamespace(), 'gateway', { host: 'mcp.example.com', auth, replicas: 0 }),
    '[fleet/team/gateway] replicas is 0: write a whole number of at least 1'],
  ['a single gateway for no reason', () => new McpGateway(newNamespace(), 'gateway', { host: 'mcp.example.com', auth, replicas: 1 }),
    '[fleet/team/gateway] has a single replica, so every restart would be an outage of the whole fleet: leave replicas out, or say why with singletonReason'],
  ['a single registry for no reason', () => new McpFleet(new App(), 'fleet', { host: 'mcp.example.com', auth, registry: { replicas: 1 } }),
    '[fleet/mcp-system/mcp-registry] has a single replica, so every restart would be an outage of the whole fleet: leave replicas out, or say why with singletonReason'],
  ['a second registry', () => {
    const fleet = newFleet();
    return new McpRegistry(fleet.system, 'second', { gateway: fleet.gateway });
  }, '[fleet/mcp-system/mcp-gateway] has a registry already, and asks only one: leave the second one out'],
  ['alerts that cannot be called so', () => new McpAlerts(newNamespace(), 'My Alerts'),
    "[fleet/team/My Alerts] 'My Alerts' cannot be the name of the alerts (it is their id): write a DNS label, which is at most 63 lower case letters, digits and hyphens, and neither begins nor ends with a hyphen"],
  ['alerts on a gateway that cannot be', () => new McpAlerts(newNamespace(), 'alerts', { gatewayName: 'a"b' }),
    "[fleet/team/alerts] 'a\"b' cannot be the name of a gateway: write a DNS label, which is at most 63 lower case letters, digits and hyphens, and neither begins nor ends with a hyphen"],
  ['a registry far from its gateway', () => {
    const fleet = newFleet();
    return new McpRegistry(new McpNamespace(fleet, 'team', { tier: McpTier.UTILITY }), 'registry', { gateway: fleet.gateway });
  }, '[fleet/team/registry] is in another namespace than the gateway fleet/mcp-system/mcp-gateway, whose policies it reads: create it beside it'],
  ['a permission for something that is no principal', () => {
    const fleet = newFleet();
    const crm = new McpServer(new McpNamespace(fleet, 'team', { tier: McpTier.UTILITY }), 'crm', { source });
    fleet.gateway.permit('engineering' as never, crm.allTools());
  }, "[fleet/mcp-system/mcp-gateway] permit() takes a Principal and what a server offers: write gateway.permit(Principal.group('support'), server.tools('search'))"],
  ['a permission for a group without a name', () => {
    const fleet = newFleet();
    const crm = new McpServer(new McpNamespace(fleet, 'team', { tier: McpTier.UTILITY }), 'crm', { source });
    fleet.gateway.permit(Principal.group(''), crm.allTools());
  }, '[fleet/mcp-system/mcp-gateway] permit() speaks of a group or user without a name: name it as the tokens do'],
  ['a permission for no tool', () => server({})().tools(),
    '[fleet/team/crm] tools() names no tool: name some, or say allTools()'],
  ['a permission for a tool that was left undefined', () => server({})().tools('search', forgotten),
    '[fleet/team/crm] tools() names no tool: name some, or say allTools()'],
  ['a permission on a namesake in another fleet', () => {
    const app = new App();
    const fleets = ['one', 'two'].map((id) => new McpFleet(app, id, { host: 'mcp.example.com', auth, namespace: `${id}-system` }));
    const [crm] = fleets.map((fleet) =>
      new McpServer(new McpNamespace(fleet, `${fleet.node.id}-team`, { tier: McpTier.UTILITY }), 'crm', { source }));
    fleets[1]!.gateway.permit(Principal.group('support'), crm!.allTools());
    return app.synth();
  },
  /\[two\/two-system\/mcp-gateway\] a policy speaks of the server one\/one-team\/crm, which the gateway does not serve/],
  ['a permission on a server that the gateway does not serve', () => {
    const fleet = newFleet();
    const alone = new McpServer(new McpNamespace(new App(), 'alone', { tier: McpTier.UTILITY }), 'stranger', { source });
    fleet.gateway.permit(Principal.group('support'), alone.allTools());
    return App.of(fleet).synth();
  },
  /\[fleet\/mcp-system\/mcp-gateway\] a policy speaks of the server alone\/stranger, which the gateway does not serve: create it in the fleet, or say gateway.serve\(server\)/],
];

describe('what a mistake is answered with', () => {
  test.each(MISTAKES)('%s', (_title, action, expected) => {
    if (typeof expected === 'string') {
      expect(messageOf(action)).toBe(expected);
    } else {
      expect(messageOf(action)).toMatch(expected);
    }
  });
});
