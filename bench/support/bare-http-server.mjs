// The least that a Node program can do with a request: read it, and answer with as many bytes as an echo would, as JSON
// or, to who accepts nothing else, as a stream of one event.
import { createServer } from 'node:http';

const BEFORE_DATA = Buffer.from('event: message\ndata: ');
const AFTER_DATA = Buffer.from('\n\n');

const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk)).on('end', () => {
    if (request.headers.accept === 'text/event-stream') {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
        .end(Buffer.concat([BEFORE_DATA, ...chunks, AFTER_DATA]));
    } else {
      const body = Buffer.concat(chunks);
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body);
    }
  });
});
server.listen(0, '127.0.0.1', () => {
  process.stderr.write(`${JSON.stringify({ msg: 'listening', url: `http://127.0.0.1:${server.address().port}` })}\n`);
});
