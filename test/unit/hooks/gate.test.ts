import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { GATED } from '#protocol/hookEvents.ts';
import { repoRoot } from '#test/lib/runtimes.ts';

test('gate.sh checks what is armed at the gated events, and at no other', () => {
  const gate = readFileSync(join(repoRoot, 'hooks/gate.sh.program'), 'utf8');
  const [, events = ''] = /^(\w+(?: \| \w+)+)\)\n {2}undecided=/m.exec(gate) ?? [];
  expect(events.split(' | ')).toEqual(GATED);
});
