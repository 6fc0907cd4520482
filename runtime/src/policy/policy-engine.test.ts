import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAuthorized, policyToText, type PolicyJson } from '@cedar-policy/cedar-wasm/nodejs';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ACTION, CEDAR_SCHEMA, type PolicyAction } from '../../../lib/contract/policy';
import type { Caller } from '../auth/caller';
import { PolicyEngine } from './policy-engine';

const SERVERS = [
  { name: 'files', namespace: 'core', tier: 'core' },
  { name: 'crm', namespace: 'utility', tier: 'utility' },
];

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'policies-'));
});

afterEach(() => rmSync(directory, { recursive: true }));

function load(policies: string): PolicyEngine {
  writeFileSync(join(directory, 'fleet.cedar'), policies);
  return PolicyEngine.load(directory, SERVERS);
}

function callerWith(claims: Partial<Caller> = {}): Caller {
  return { issuer: 'https://auth.example.com', subject: 'alice', groups: [], scopes: [], expiresAt: 0, ...claims };
}

describe('PolicyEngine', () => {
  it('denies everything without a policy', () => {
    const engine = PolicyEngine.load(directory, SERVERS);
    expect(engine.policyCount).toBe(0);
    expect(engine.decide(callerWith(), ACTION.DISCOVER, 'files')).toEqual({ allowed: false, policies: [] });
  });

  it('names the policies that decided, forbidding ones first of all', () => {
    const engine = load(`
      @id("support-reads") permit (principal in Mcp::Group::"support", action == Mcp::Action::"tools/call",
        resource == Mcp::Tool::"files/read");
      @id("all-but-interns") forbid (principal in Mcp::Group::"interns", action, resource in Mcp::Server::"files");`);
    const decide = (...groups: string[]) => engine.decide(callerWith({ groups }), ACTION.CALL_TOOL, 'files', 'read');
    expect(decide('support')).toEqual({ allowed: true, policies: ['support-reads'] });
    expect(decide('support', 'interns')).toEqual({ allowed: false, policies: ['all-but-interns'] });
    expect(decide('engineering')).toEqual({ allowed: false, policies: [] });
  });

  it('knows tiers, namespaces, subjects, issuers and scopes', () => {
    const engine = load(`
      permit (principal, action == Mcp::Action::"discover", resource in Mcp::Tier::"utility");
      permit (principal, action == Mcp::Action::"discover", resource)
        when { resource.namespace == "core" && principal.subject == "bob" && principal.scopes.contains("mcp")
          && principal.issuer == "https://auth.example.com" };`);
    expect(engine.decide(callerWith(), ACTION.DISCOVER, 'crm').allowed).toBe(true);
    expect(engine.decide(callerWith(), ACTION.DISCOVER, 'files').allowed).toBe(false);
    const bob = callerWith({ subject: 'bob', scopes: ['mcp'] });
    expect(engine.decide(bob, ACTION.DISCOVER, 'files').allowed).toBe(true);
    expect(engine.decide({ ...bob, scopes: [] }, ACTION.DISCOVER, 'files').allowed).toBe(false);
    expect(engine.decide({ ...bob, issuer: 'https://evil.example.com' }, ACTION.DISCOVER, 'files').allowed).toBe(false);
  });

  it('denies servers that it does not know, whatever the policies say', () => {
    const engine = load('permit (principal, action, resource);');
    expect(engine.decide(callerWith(), ACTION.CALL_TOOL, 'nowhere', 'read')).toEqual({ allowed: false, policies: [] });
    expect(engine.decide(callerWith(), ACTION.CALL_TOOL, 'files read', 'x').allowed).toBe(false);
    expect(engine.decide(callerWith(), ACTION.CALL_TOOL, 'files', 'read x').allowed).toBe(true);
  });

  it('keeps its policies apart from those of another engine', () => {
    const open = load('permit (principal, action, resource);');
    const closed = load('forbid (principal, action, resource);');
    expect(open.decide(callerWith(), ACTION.DISCOVER, 'files').allowed).toBe(true);
    expect(closed.decide(callerWith(), ACTION.DISCOVER, 'files').allowed).toBe(false);
  });

  it('denies what no policy can speak of: names with half a character', () => {
    const engine = load('permit (principal, action, resource);');
    const half = '\ud83d';
    expect(engine.decide(callerWith(), ACTION.CALL_TOOL, 'files', '\ud83d\ude00').allowed).toBe(true);
    expect(engine.decide(callerWith(), ACTION.CALL_TOOL, 'files', half).allowed).toBe(false);
    expect(engine.decide(callerWith({ subject: half }), ACTION.DISCOVER, 'files').allowed).toBe(false);
    expect(engine.decide(callerWith({ groups: [half] }), ACTION.DISCOVER, 'files').allowed).toBe(false);
    expect(engine.decide(callerWith({ scopes: [half] }), ACTION.DISCOVER, 'files').allowed).toBe(false);
  });

  it('decides about any name at all', () => {
    const engine = load('permit (principal, action, resource) when { principal.subject == "alice" };');
    fc.assert(fc.property(fc.string({ unit: 'binary' }), fc.constantFrom('alice', 'bob'), (target, subject) => {
      expect(engine.decide(callerWith({ subject }), ACTION.READ_RESOURCE, 'files', target).allowed).toBe(subject === 'alice');
    }));
  });

  it('does not remember a name that is larger than all that it may remember', () => {
    const engine = load('permit (principal, action, resource);');
    const name = 'x'.repeat(20 * 1024 * 1024);
    expect(engine.decide(callerWith(), ACTION.CALL_TOOL, 'files', name).allowed).toBe(true);
  });

  it('decides as Cedar does, also when it remembers', () => {
    fc.assert(fc.property(
      fc.uniqueArray(arbitraryPolicy, { maxLength: 6, selector: JSON.stringify }),
      fc.array(arbitraryRequest, { minLength: 1, maxLength: 8 }),
      (policies, requests) => {
        const texts = policies.map(textOf);
        const engine = load(texts.join('\n'));
        const decide = () => requests.map(({ caller, action, server, target }) => {
          const { allowed, policies: ids } = engine.decide(caller, action, server.name, target);
          return { allowed, policies: [...ids].sort() };
        });
        const expected = requests.map((request) => askCedar(texts, request));
        expect(decide()).toEqual(expected);
        expect(decide()).toEqual(expected);
      },
    ), { numRuns: 100 });
  });
});

/** Few enough that policies and requests meet, and nasty enough to break out of any text they were spliced into. */
const name = fc.constantFrom('read', 'write', 'a/b', 'x"y', '\\', 'naïve ☂', '"); permit (principal, action, resource); //', '');
const group = fc.constantFrom('support', 'engineering', 'Mcp::Group::"support"', 'x"y');
const subject = fc.constantFrom('alice', 'bob', '{"__entity":1}');
const server = fc.constantFrom(...SERVERS);
const action = fc.constantFrom(...Object.values(ACTION));

const ENTITY_TYPE = {
  [ACTION.DISCOVER]: 'Server', [ACTION.CALL_TOOL]: 'Tool', [ACTION.GET_PROMPT]: 'Prompt', [ACTION.READ_RESOURCE]: 'Resource',
};

interface PolicyRequest {
  readonly caller: Caller;
  readonly action: PolicyAction;
  readonly server: (typeof SERVERS)[number];
  readonly target: string;
}

const arbitraryRequest: fc.Arbitrary<PolicyRequest> = fc.record({
  caller: fc.record({ subject, groups: fc.uniqueArray(group), scopes: fc.uniqueArray(group) }).map(callerWith),
  action, server, target: name,
});

const arbitraryPolicy: fc.Arbitrary<PolicyJson> = fc.record({
  effect: fc.constantFrom('permit' as const, 'forbid' as const),
  group: fc.option(group), subject: fc.option(subject), action, server, name: fc.option(name),
}).map((policy) => ({
  effect: policy.effect,
  principal: policy.group === null ? { op: 'All' } : { op: 'in', entity: { type: 'Mcp::Group', id: policy.group } },
  action: { op: '==', entity: { type: 'Mcp::Action', id: policy.action } },
  resource: policy.name === null || policy.action === ACTION.DISCOVER
    ? { op: 'in', entity: { type: 'Mcp::Server', id: policy.server.name } }
    : { op: '==', entity: targetUid(policy.action, policy.server.name, policy.name) },
  conditions: policy.subject === null ? [] : [{
    kind: 'when',
    body: { '==': {
      left: { '.': { left: { Var: 'principal' }, attr: 'subject' } }, right: { Value: policy.subject },
    } },
  }],
}));

function targetUid(requested: PolicyAction, serverName: string, target: string) {
  const id = requested === ACTION.DISCOVER ? serverName : `${serverName}/${target}`;
  return { type: `Mcp::${ENTITY_TYPE[requested]}`, id };
}

function textOf(policy: PolicyJson): string {
  const answer = policyToText(policy);
  if (answer.type === 'failure') {
    throw new Error(answer.errors[0]?.message);
  }
  return answer.text;
}

/** The same question to Cedar's plain interface: nothing preparsed or remembered, all checked against the schema. */
function askCedar(texts: string[], { caller, action: requested, server: asked, target }: PolicyRequest) {
  const { name: id, namespace, tier } = asked;
  const principal = { type: 'Mcp::User', id: `${caller.issuer}#${caller.subject}` };
  const resource = targetUid(requested, id, target);
  const parent = { type: 'Mcp::Server', id };
  const answer = isAuthorized({
    principal, resource, action: { type: 'Mcp::Action', id: requested }, context: {},
    schema: CEDAR_SCHEMA, validateRequest: true,
    policies: { staticPolicies: Object.fromEntries(texts.map((text, i) => [`fleet.cedar/policy${i}`, text])) },
    entities: [
      {
        uid: principal,
        attrs: { issuer: caller.issuer, subject: caller.subject, scopes: [...caller.scopes] },
        parents: caller.groups.map((groupId) => ({ type: 'Mcp::Group', id: groupId })),
      },
      { uid: parent, attrs: { namespace }, parents: [{ type: 'Mcp::Tier', id: tier }] },
      ...(requested === ACTION.DISCOVER ? [] : [{
        uid: resource, attrs: { [requested === ACTION.READ_RESOURCE ? 'uri' : 'name']: target }, parents: [parent],
      }]),
    ],
  });
  if (answer.type === 'failure') {
    throw new Error(answer.errors[0]?.message);
  }
  return { allowed: answer.response.decision === 'allow', policies: answer.response.diagnostics.reason.sort() };
}
