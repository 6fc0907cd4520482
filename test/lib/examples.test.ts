import { describe, expect, test } from 'vitest';
import { exampleNames, synthesizeExample } from '../support/examples';

describe.each(exampleNames)('example %s', (name) => {
  test('synthesizes to the manifests that were reviewed', async () => {
    const { files } = await synthesizeExample(name);
    for (const [file, text] of Object.entries(files)) {
      await expect(text).toMatchFileSnapshot(`__snapshots__/${name}/${file}`);
    }
    expect(Object.keys(files)).toMatchSnapshot();
  });

  test('is deterministic: two syntheses are the same, byte for byte', async () => {
    const [first, second] = [await synthesizeExample(name), await synthesizeExample(name)];
    expect(second.files).toEqual(first.files);
  });
});
