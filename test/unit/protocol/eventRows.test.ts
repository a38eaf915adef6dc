import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { WORKER_VERBS } from '#cli/workerVerbs.ts';
import { eventRows, type EventTraits } from '#protocol/event.ts';
import { repoRoot } from '#test/lib/runtimes.ts';

const rows = Object.entries<EventTraits>(eventRows);
const read = (client: string): string => readFileSync(join(repoRoot, 'hooks', 'clients', client), 'utf8');
test.each(rows.filter(([, { verb }]) => verb !== undefined))('a worker can publish %s', (_t, { verb = '' }) => {
  const verbs = WORKER_VERBS.map(({ name }) => name);
  expect.soft(verbs, `a verb "${verb}" of fermata`).toContain(verb);
  const calls: [client: string, call: RegExp][] = [
    ['worker.mjs', new RegExp(`^export async function\\*? ${verb}\\(`, 'm')],
    ['fermata.py', new RegExp(`^def ${verb}\\(`, 'm')],
  ];
  for (const [client, call] of calls)
    expect.soft(call.test(read(client)), `a function "${verb}" of ${client}`).toBe(true);
});

test.each(rows.filter(([, { plain }]) => plain === true))(
  'no hook can have to answer %s, which clients append without fermata',
  (_t, { arms, changes }) => {
    expect(arms).toBe('none');
    expect(['worker', 'session']).toContain(changes);
  },
);
