// A server of 2026-07-28 over stdio that takes its time, and says on stderr when nobody wants that any more.
import { McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { z } from 'zod';

function createServer() {
  const server = new McpServer({ name: 'slow', version: '1.0.0' });
  server.registerTool('sleep', {
    description: 'Answers after some time.',
    inputSchema: z.object({ ms: z.number() }),
  }, async ({ ms }, { mcpReq: { signal } }) => {
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      signal.addEventListener('abort', () => {
        clearTimeout(timer);
        console.error('sleep was cancelled');
        resolve();
      });
    });
    return { content: [{ type: 'text', text: `slept ${ms} ms` }] };
  });
  server.registerTool('pid', { description: 'The process id of this server.' },
    () => ({ content: [{ type: 'text', text: String(process.pid) }] }));
  return server;
}

serveStdio(createServer, { legacy: 'reject' });
