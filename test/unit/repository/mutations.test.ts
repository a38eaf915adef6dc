import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { repoRoot } from '#test/lib/runtimes.ts';
import { MUTATIONS } from '#test/long/mutations.ts';

// `npm run test:long` makes the mutations and runs their scenarios; here only their places in the source are checked.

test.each(MUTATIONS)('the mutation for %s in %s has one place: %s', (_scenario, file, from, to) => {
  expect(readFileSync(join(repoRoot, file), 'utf8').split(from)).toHaveLength(2);
  expect(to).not.toBe(from);
});
