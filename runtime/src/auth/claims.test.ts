import { describe, expect, it } from 'vitest';
import { callerOf } from './claims';

const source = { issuer: 'https://auth.example.com', groupsClaim: 'https://example.com/groups' };

describe('callerOf', () => {
  it('reads groups from the configured claim and scopes from the standard one', () => {
    expect(callerOf({
      sub: 'alice', exp: 17, 'https://example.com/groups': ['support', 'engineering'], groups: ['other'], scope: 'a  b',
    }, source)).toEqual({
      issuer: 'https://auth.example.com', subject: 'alice',
      groups: ['support', 'engineering'], scopes: ['a', 'b'], expiresAt: 17,
    });
  });

  it.each([['a b', ['a', 'b']], [['a', 'b'], ['a', 'b']], [undefined, []], [7, []]])('reads scp %j as %j', (scp, scopes) => {
    expect(callerOf({ sub: 'alice', exp: 17, scp }, source).scopes).toEqual(scopes);
  });

  it.each([['support', ['support']], [{ admin: true }, []], [[['nested'], null, 'support'], ['support']], [null, []]])(
    'makes of the groups %j no more than names: %j', (claim, groups) => {
      expect(callerOf({ sub: 'alice', exp: 17, [source.groupsClaim]: claim }, source).groups).toEqual(groups);
    });
});
