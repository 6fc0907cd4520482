import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fleetToolName, parseFleetToolName } from './tool-names';

describe('names of tools in the fleet', () => {
  it('lead back to server and tool, whatever the tool is called', () => {
    const serverName = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?$/);
    fc.assert(fc.property(serverName, fc.string(), (server, tool) => {
      expect(parseFleetToolName(fleetToolName({ server, tool }))).toEqual({ server, tool });
    }));
  });

  it('look as they are documented', () => {
    expect(fleetToolName({ server: 'files', tool: 'read_text_file' })).toBe('files__read_text_file');
    expect(parseFleetToolName('files__a__b')).toEqual({ server: 'files', tool: 'a__b' });
    expect(parseFleetToolName('read_text_file')).toBeUndefined();
  });
});
