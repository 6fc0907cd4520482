import type { IConstruct } from 'constructs';
import { fail } from '../workload/fail';

/** Names that promise a secret. */
const SECRET_NAME = /(PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|PRIVATE_?KEY|CREDENTIAL)/i;

/** A path, a switch, a small number: the file of a secret, `MAX_TOKENS`, `TOKENIZERS_PARALLELISM`. */
const NO_SECRET = /^(\/.*|true|false|\d{1,6})$/;

/** Ends the synthesis when an environment cannot be, or would show a secret. */
export function checkEnvironment(server: IConstruct, environment: { [name: string]: string } = {}): void {
  for (const [name, value] of Object.entries(environment)) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      fail(server, `'${name}' cannot be the name of an environment variable: `
        + 'write letters, digits and underscores, and no digit first');
    }
    if (typeof (value as unknown) !== 'string') {
      fail(server, `the environment variable ${name} is ${value}: write a string`);
    }
    if (SECRET_NAME.test(name) && !NO_SECRET.test(value)) {
      fail(server, `the environment variable ${name} looks like a secret, and it would stand in the manifest for all to read: `
        + 'leave it out (secrets by file and by reference come in a later release)');
    }
  }
}
