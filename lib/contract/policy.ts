/**
 * The Cedar vocabulary that generated policies and the programs share.
 * Source: https://docs.cedarpolicy.com/schema/human-readable-schema.html
 */
export const CEDAR = {
  NAMESPACE: 'Mcp',
  USER: 'Mcp::User',
  GROUP: 'Mcp::Group',
  SERVER: 'Mcp::Server',
  TIER: 'Mcp::Tier',
  TOOL: 'Mcp::Tool',
  PROMPT: 'Mcp::Prompt',
  RESOURCE: 'Mcp::Resource',
  ACTION: 'Mcp::Action',
} as const;

/** Actions are named by the MCP method that they guard; `discover` guards that a server is seen at all. */
export const ACTION = {
  DISCOVER: 'discover',
  CALL_TOOL: 'tools/call',
  GET_PROMPT: 'prompts/get',
  READ_RESOURCE: 'resources/read',
} as const;

export type PolicyAction = (typeof ACTION)[keyof typeof ACTION];

/** Entity id of a tool, prompt or resource: server names hold no slash, so the first one separates. */
export function targetId(server: string, name: string): string {
  return `${server}/${name}`;
}

/** The Cedar schema of every fleet: policies and requests are checked against it. */
export const CEDAR_SCHEMA = `namespace Mcp {
  entity Group;
  entity Tier;
  entity User in [Group] {
    issuer: String,
    subject: String,
    scopes: Set<String>,
  };
  entity Server in [Tier] { namespace: String };
  entity Tool in [Server] { name: String };
  entity Prompt in [Server] { name: String };
  entity Resource in [Server] { uri: String };
  action "discover" appliesTo { principal: [User], resource: [Server] };
  action "tools/call" appliesTo { principal: [User], resource: [Tool] };
  action "prompts/get" appliesTo { principal: [User], resource: [Prompt] };
  action "resources/read" appliesTo { principal: [User], resource: [Resource] };
}
`;
