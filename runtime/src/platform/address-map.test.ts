import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AddressMap } from './address-map';
import { UsageError } from './usage-error';

let file: string;

beforeEach(() => {
  file = join(mkdtempSync(join(tmpdir(), 'address-map-')), 'connect-to');
});

afterEach(() => rmSync(join(file, '..'), { recursive: true }));

function read(text: string): AddressMap {
  writeFileSync(file, text);
  return AddressMap.fromFile(file);
}

describe('AddressMap', () => {
  it('knows where to connect instead, and of what it does not speak', () => {
    const map = read('# local\n\nfiles.core:8080=127.0.0.1:4000\r\n  crm.utility:8080=[::1]:4001\n');
    expect(map.find('files.core:8080')).toBe('127.0.0.1:4000');
    expect(map.find('crm.utility:8080')).toBe('[::1]:4001');
    expect(map.find('files.core:80')).toBeUndefined();
    expect(AddressMap.empty().find('files.core:8080')).toBeUndefined();
  });

  it.each(['files.core=127.0.0.1:4000', 'files.core:8080', 'a:1=b:2=c:3'])('refuses the line %j', (line) => {
    expect(() => read(`a:1=b:2\n${line}`)).toThrow(UsageError);
    expect(() => read(`a:1=b:2\n${line}`)).toThrow(/connect-to, line 2: /);
  });

  it('says that a file cannot be read', () => {
    expect(() => AddressMap.fromFile(file)).toThrow(/cannot read .*connect-to: ENOENT/);
    expect(() => AddressMap.fromFile(file)).toThrow(UsageError);
  });
});
