import { SHIM_SOCKET } from '../../../lib/contract/shim';
import type { Container } from '../manifest-checks/pods';
import { COMPANION_IMAGE } from './images';

/**
 * Says each word on a connection of its own to the shim, and prints the answers. Where the shim has refused and closed
 * before it was written to, writing fails and takes what there was to read along: then it asks again.
 */
const PROGRAM = `
const { connect } = require('node:net');
const ask = (word) => new Promise((resolve) => {
  let answer = '';
  connect(${JSON.stringify(SHIM_SOCKET)}, function () { this.write(word + '\\n'); })
    .on('data', (data) => { answer += data; })
    .on('error', ({ code }) => resolve(['EPIPE', 'ECONNRESET'].includes(code) ? ask(word) : code))
    .on('close', () => resolve(answer));
});
Promise.all(process.argv.slice(1).map(ask)).then((answers) => console.log(answers.join('')));
`;

/** A container beside the proxy's that has all that the proxy's has, but for the user. */
export function askingContainer(proxy: Container, user: number, words: readonly string[]): Container {
  return {
    ...proxy,
    image: COMPANION_IMAGE,
    command: ['node', '--eval', PROGRAM],
    args: [...words],
    securityContext: { ...proxy.securityContext, runAsUser: user, runAsGroup: user },
  };
}
