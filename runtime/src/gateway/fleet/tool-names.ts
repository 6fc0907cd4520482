import { TOOL_NAME_SEPARATOR } from '../../../../lib/contract/paths';

export interface FleetTool {
  readonly server: string;
  readonly tool: string;
}

/** A tool's name on the fleet's single endpoint. */
export function fleetToolName({ server, tool }: FleetTool): string {
  return server + TOOL_NAME_SEPARATOR + tool;
}

/** Server names hold no underscore, so the first separator is ours. Undefined when there is none. */
export function parseFleetToolName(name: string): FleetTool | undefined {
  const separator = name.indexOf(TOOL_NAME_SEPARATOR);
  return separator < 0 ? undefined : {
    server: name.slice(0, separator), tool: name.slice(separator + TOOL_NAME_SEPARATOR.length),
  };
}
