import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../mcp/canonical-json';
import { paramsDigest, RequestStates, type RequestState } from './request-state';
import { FUZZ_TIMEOUT_MS, fuzzRuns } from './testing/fuzz-runs';

const anyState: fc.Arbitrary<RequestState> = fc.record({
  call: fc.string(), round: fc.nat(), principal: fc.string({ unit: 'binary' }), method: fc.string(),
  target: fc.string(), paramsDigest: fc.string(), expiresAt: fc.nat(),
});

/** Another text made of a sealed state, as one who wants it to be accepted might try. */
const anyChange: fc.Arbitrary<(text: string, other: string) => string> = fc.oneof(
  fc.tuple(fc.nat(), fc.integer({ min: 0, max: 7 })).map(([at, bit]) => (text: string) => {
    const position = at % text.length;
    const changed = String.fromCharCode(text.charCodeAt(position) ^ (1 << bit));
    return text.slice(0, position) + changed + text.slice(position + 1);
  }),
  fc.nat().map((at) => (text: string) => text.slice(0, at % text.length)),
  fc.nat().map((at) => (text: string) => text.slice(1 + at % text.length)),
  fc.tuple(fc.nat(), fc.string({ unit: 'binary', minLength: 1 })).map(([at, more]) => (text: string) =>
    text.slice(0, at % (text.length + 1)) + more + text.slice(at % (text.length + 1))),
  fc.nat().map((at) => (text: string, other: string) =>
    text.slice(0, at % text.length) + other.slice(at % text.length)),
  fc.constantFrom<(text: string, other: string) => string>(
    (text) => text + text,
    (text, other) => text + other,
    (text, other) => `${text.split('.')[0]}.${other.split('.')[1]}x`,
    (text) => `${text}=`,
    (text) => `${text}==`,
    (text) => ` ${text}`,
    (text) => `${text}\n`,
    (text) => text.replace('.', ''),
    (text) => text.replace('.', '..'),
    (text) => text.toUpperCase(),
    (text) => text.toLowerCase(),
    (text) => text.replaceAll('-', '+').replaceAll('_', '/'),
    (text) => encodeURIComponent(text).replaceAll('.', '%2E'),
    (text) => Buffer.from(text).toString('base64'),
    // The bits of the last character that no byte has.
    (text) => text.slice(0, -1) + String.fromCharCode(text.charCodeAt(text.length - 1) + 1),
  ),
);

describe('RequestStates', () => {
  it('opens what it has sealed', () => {
    const states = new RequestStates('pod-1');
    fc.assert(fc.property(anyState, (state) => {
      expect(states.open(states.seal(state))).toEqual(state);
    }), fuzzRuns(300));
  }, FUZZ_TIMEOUT_MS);

  it('says nothing of the state to who cannot open it, not even that it is the same', () => {
    const states = new RequestStates('pod-1');
    const state = {
      call: 'call', round: 1, principal: 'ada', method: 'tools/call', target: '"t"', paramsDigest: 'd', expiresAt: 1,
    };
    const [first, second] = [states.seal(state), states.seal(state)];
    expect(first).not.toBe(second);
    expect(Buffer.from(first.split('.')[1]!, 'base64url').toString('latin1')).not.toContain('ada');
  });

  it('accepts no other text than the one that it gave out', () => {
    const states = new RequestStates('pod-1');
    const anyChanges = fc.array(anyChange, { minLength: 1, maxLength: 3 });
    fc.assert(fc.property(anyState, anyState, anyChanges, (one, two, changes) => {
      const [text, other] = [states.seal(one), states.seal(two)];
      const changed = changes.reduce((current, change) => current === '' ? current : change(current, other), text);
      fc.pre(changed !== text && changed !== other);
      expect(states.open(changed)).toBeUndefined();
    }), fuzzRuns(2000));
  }, FUZZ_TIMEOUT_MS);

  it('accepts nothing that is no text', () => {
    const states = new RequestStates('pod-1');
    fc.assert(fc.property(fc.anything(), (value) => {
      expect(states.open(value)).toBeUndefined();
    }), fuzzRuns(500));
  }, FUZZ_TIMEOUT_MS);

  it('accepts nothing of another process, whatever its name', () => {
    fc.assert(fc.property(anyState, fc.string(), fc.string(), (state, one, two) => {
      expect(new RequestStates(one).open(new RequestStates(two).seal(state))).toBeUndefined();
    }), fuzzRuns(200));
  }, FUZZ_TIMEOUT_MS);
});

/** The same value, with the members of its objects in another order. */
function reordered(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(reordered);
  }
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value).reverse().map(([key, inner]) => [key, reordered(inner)]))
    : value;
}

const anyJson = fc.jsonValue({ maxDepth: 4 });
const anyParams = fc.dictionary(fc.string(), anyJson).map((params) =>
  Object.fromEntries(Object.entries(params).filter(([key]) => !['_meta', 'inputResponses', 'requestState'].includes(key))));

describe('canonicalJson', () => {
  it('does not depend on the order of members, and says all of the value', () => {
    fc.assert(fc.property(anyJson, (value) => {
      const text = canonicalJson(value);
      expect(canonicalJson(reordered(value))).toBe(text);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
    }), fuzzRuns(500));
  }, FUZZ_TIMEOUT_MS);

  it('is the same for the same values only', () => {
    fc.assert(fc.property(anyJson, fc.oneof(anyJson, fc.constantFrom(null, {}, [], '', 0)), (one, two) => {
      const [first, second] = [one, two].map((value) => JSON.parse(JSON.stringify(value)) as unknown);
      expect(canonicalJson(one) === canonicalJson(two)).toBe(isDeepStrictEqual(first, second));
    }), fuzzRuns(500));
  }, FUZZ_TIMEOUT_MS);
});

describe('paramsDigest', () => {
  it('is the same for all rounds of a request, in whatever order its members are', () => {
    fc.assert(fc.property(anyParams, anyJson, fc.string(), (params, any, requestState) => {
      const later = { requestState, ...(reordered(params) as object), inputResponses: any, _meta: any };
      expect(paramsDigest(later)).toBe(paramsDigest(params));
    }), fuzzRuns(500));
  }, FUZZ_TIMEOUT_MS);

  it('differs for requests that differ', () => {
    fc.assert(fc.property(anyParams, anyParams, (one, two) => {
      fc.pre(canonicalJson(one) !== canonicalJson(two));
      expect(paramsDigest(one)).not.toBe(paramsDigest(two));
    }), fuzzRuns(500));
  }, FUZZ_TIMEOUT_MS);

  it('differs when any one value does', () => {
    fc.assert(fc.property(anyParams, fc.nat(), anyJson, (params, pick, value) => {
      const keys = Object.keys(params);
      fc.pre(keys.length > 0);
      const key = keys[pick % keys.length]!;
      fc.pre(canonicalJson(params[key]) !== canonicalJson(value));
      expect(paramsDigest({ ...params, ...Object.fromEntries([[key, value]]) })).not.toBe(paramsDigest(params));
    }), fuzzRuns(500));
  }, FUZZ_TIMEOUT_MS);

  it('is not fooled by members that only look like those of a round', () => {
    const proto = JSON.parse('{"__proto__":{"a":1}}') as object;
    for (const params of [{ arguments: { requestState: 'x' } }, { _Meta: 1 }, proto]) {
      expect(paramsDigest(params as Record<string, unknown>)).not.toBe(paramsDigest({}));
    }
    expect(paramsDigest({ arguments: { requestState: 'x' } })).not.toBe(paramsDigest({ arguments: { requestState: 'y' } }));
  });
});
