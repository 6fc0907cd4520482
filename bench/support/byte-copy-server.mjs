// The least that a Node program can do that stands between HTTP and a process: bytes of the request go to the process as
// they come, and what it prints goes back as it comes; nothing is parsed, kept or put together. A process for each
// connection, and `cat` is as good as any.
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';

class Copier {
  response;
  missing = 0;

  constructor() {
    this.child = spawn('cat', { stdio: ['pipe', 'pipe', 'ignore'] });
    this.child.stdout.on('data', (chunk) => this.answer(chunk));
  }

  copy(request, response) {
    this.missing = Number(request.headers['content-length']);
    this.response = response.writeHead(200, { 'content-type': 'application/json', 'content-length': this.missing });
    request.on('data', (chunk) => this.child.stdin.write(chunk));
  }

  answer(chunk) {
    this.missing -= chunk.length;
    if (this.missing === 0) {
      this.response.end(chunk);
    } else {
      this.response.write(chunk);
    }
  }
}

const copiers = new WeakMap();

const server = createServer((request, response) => copiers.get(request.socket).copy(request, response));
server.on('connection', (socket) => {
  const copier = new Copier();
  copiers.set(socket, copier);
  socket.on('close', () => copier.child.kill());
});
server.listen(0, '127.0.0.1', () => {
  process.stderr.write(`${JSON.stringify({ msg: 'listening', url: `http://127.0.0.1:${server.address().port}` })}\n`);
});
