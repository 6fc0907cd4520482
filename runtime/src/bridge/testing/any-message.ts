import fc from 'fast-check';
import { META } from '../request-meta';

/** Ids of every type that JSON has, those included that look like others. */
export const anyId: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 6 }) },
  fc.integer({ min: 0, max: 6 }).map(String),
  fc.constantFrom(null, true, false, -1, 0.5, 1e21, Number.MAX_SAFE_INTEGER + 2, '', '__proto__', 'constructor'),
  fc.string({ unit: 'binary' }),
  fc.jsonValue({ maxDepth: 1 }),
);

const METHODS = [
  'notifications/progress', 'notifications/message', 'notifications/cancelled', 'notifications/tools/list_changed',
  'notifications/resources/updated', 'notifications/subscriptions/acknowledged', 'notifications/elicitation/complete',
  'elicitation/create', 'sampling/createMessage', 'roots/list', 'ping', 'tools/call', '__proto__', '',
];

const anyJson = fc.jsonValue({ maxDepth: 3 });

const anyParams = fc.oneof(anyJson, fc.record({
  progressToken: anyId, requestId: anyId, level: fc.constantFrom<unknown>('info', 'error', 5, null), data: anyJson,
  uri: anyJson,
  notifications: anyJson, mode: fc.constantFrom<unknown>('form', 'url', 5), message: anyJson,
  _meta: fc.oneof(anyJson, anyId.map((id) => ({ [META.SUBSCRIPTION_ID]: id, progressToken: id }))),
}, { requiredKeys: [] }));

const anyQuestion = fc.oneof(anyJson, fc.record({
  method: fc.constantFrom<unknown>(...METHODS, 5), params: anyParams,
}));

const anyResult = fc.oneof(anyJson, fc.record({
  resultType: fc.oneof(fc.constantFrom<unknown>('complete', 'input_required', 'task', null), anyJson),
  inputRequests: fc.oneof(anyJson, fc.dictionary(fc.string(), anyQuestion)),
  requestState: fc.oneof(fc.string(), anyJson),
  tools: anyJson, structuredContent: anyJson, content: anyJson, capabilities: anyJson, supportedVersions: anyJson,
  _meta: anyJson,
}, { requiredKeys: [] }));

const anyError = fc.record({
  code: fc.oneof(fc.constantFrom(-32042, -32002, -32021, -32020, -32601), fc.integer()), message: fc.string(),
  data: fc.oneof(anyJson, fc.record({ elicitations: fc.oneof(anyJson, fc.array(anyParams)) })),
}, { requiredKeys: ['code', 'message'] });

/** A message that a server might write, in good faith or not. */
export const anyMessage: fc.Arbitrary<object> = fc.oneof(
  fc.record({ id: anyId, result: anyResult }),
  fc.record({ id: anyId, error: anyError }),
  fc.record({ id: anyId, method: fc.constantFrom(...METHODS), params: anyParams }, { requiredKeys: ['id', 'method'] }),
  fc.record({ method: fc.constantFrom(...METHODS), params: anyParams }, { requiredKeys: ['method'] }),
  fc.record({
    id: anyId, method: fc.constantFrom(...METHODS), result: anyResult, error: anyError, params: anyParams,
    more: anyJson,
  }, { requiredKeys: [] }),
).map((message) => ({ jsonrpc: '2.0', ...message }));
