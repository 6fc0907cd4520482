declare const CDK8S_MCP_VERSION: string | undefined;

/** The package's version, written in by the bundler; tests run unbundled. */
export const VERSION = typeof CDK8S_MCP_VERSION === 'undefined' ? '0.0.0' : CDK8S_MCP_VERSION;
