/** Where the shim is in the companion image. */
export const SHIM_IN_IMAGE = '/usr/local/bin/cdk8s-mcp-shim';

/** Directory of a server's container in which an init container puts the shim: the image need not know of it. */
export const SHIM_DIRECTORY = '/opt/cdk8s-mcp';

/** The shim in a server's container. */
export const SHIM = `${SHIM_DIRECTORY}/cdk8s-mcp-shim`;

/** Directory that proxy and server share, for the shim's socket and nothing else. */
export const SOCKET_DIRECTORY = '/run/cdk8s-mcp';

/** By this the proxy reaches the server. */
export const SHIM_SOCKET = `${SOCKET_DIRECTORY}/server.sock`;
