import { describe, expect, it } from 'vitest';
import { clientName } from './client-name';

describe('clientName', () => {
  it.each([
    [{ clientInfo: { name: 'inspector', version: '1.2' } }, 'inspector/1.2'],
    [{ clientInfo: { name: 'inspector' } }, 'inspector'],
    [{ clientInfo: { version: '1.2' } }, undefined],
    [{ clientInfo: null }, undefined],
    [{}, undefined],
    [undefined, undefined],
  ])('of %j is %s', (params, name) => {
    expect(clientName(params)).toBe(name);
  });

  it('is cut off', () => {
    expect(clientName({ clientInfo: { name: 'x'.repeat(1000), version: '1' } })).toHaveLength(100);
  });
});
