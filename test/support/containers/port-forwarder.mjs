// Leads from Unix sockets to ports of the loopback interface: node port-forwarder.mjs PORT=SOCKET… A process keeps its network
// namespace when it is started in that of containers, and sockets in the file system can be reached from any.
import { connect, createServer } from 'node:net';

for (const argument of process.argv.slice(2)) {
  const [port, socket] = argument.split('=');
  createServer((outside) => {
    const inside = connect(Number(port), '127.0.0.1');
    outside.pipe(inside).pipe(outside);
    outside.on('close', () => inside.destroySoon()).on('error', () => inside.destroy());
    inside.on('close', () => outside.destroySoon()).on('error', () => outside.destroy());
  }).listen(socket);
}
