// An MCP server over stdio that does next to nothing, so that what is measured is what stands in front of it.
import { createInterface } from 'node:readline';

const results = {
  'initialize': ({ params }) => ({
    protocolVersion: params.protocolVersion,
    capabilities: { tools: {} },
    serverInfo: { name: 'echo', version: '1.0.0' },
  }),
  'tools/call': ({ params }) => ({ content: [{ type: 'text', text: params.arguments.text }] }),
};

createInterface({ input: process.stdin }).on('line', (line) => {
  const message = JSON.parse(line);
  const result = results[message.method];
  if (message.id !== undefined) {
    process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id: message.id, result: result?.(message) ?? {} })}\n`);
  }
});
