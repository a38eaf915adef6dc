import { expect, test } from 'vitest';
import { missingCollision, editCollisions, type Editor } from '#core/claude/transcript/editCollisions.ts';
import { reduce } from '#core/fold/reduce.ts';
import { emptyState } from '#core/fold/state.ts';
import { toViewModel } from '#core/projection/toViewModel.ts';
import type { SessionState } from '#protocol/state.ts';

const T0 = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;

/** An agent that edited files at these minutes. */
function editor(session: string, agent: string, edits: Record<string, number>, from = 0, to = Infinity): Editor {
  const at = Object.entries(edits).map(([file, minute]): [string, number] => [file, T0 + minute * MINUTE]);
  return { session, agent, edits: new Map(at), fromTs: T0 + from * MINUTE, toTs: T0 + to * MINUTE };
}

const describeCollisions = (editors: Editor[], minute: number): string[] =>
  editCollisions(editors, T0 + minute * MINUTE).map(
    ({ file, earlier, later }) => `${file}: ${earlier.session}/${earlier.agent}, ${later.session}/${later.agent}`,
  );

test('two sessions that edit one file within ten minutes collide, for ten minutes', () => {
  const two = [editor('s1', 'conductor', { '/a': 9, '/b': 0 }), editor('s2', 'conductor', { '/a': 0, '/c': 1 })];
  expect(describeCollisions(two, 10)).toEqual(['/a: s2/conductor, s1/conductor']);
  expect(describeCollisions(two, 19)).toHaveLength(1);
  expect(describeCollisions(two, 20)).toEqual([]);
  expect(
    describeCollisions([editor('s1', 'conductor', { '/a': 11 }), editor('s2', 'conductor', { '/a': 0 })], 12),
  ).toEqual([]);
});

test('one path written in two ways is one file', () => {
  const two = [editor('s1', 'conductor', { '/p/./x/../a': 1 }), editor('s2', 'conductor', { '/p/a': 2 })];
  expect(describeCollisions(two, 2)).toEqual(['/p/a: s1/conductor, s2/conductor']);
});

test('handing work on within a session is no collision; editing at the same time is', () => {
  const conductor = (minute: number): Editor => editor('s1', 'conductor', { '/a': minute });
  const subagent = (name: string, minute: number, from: number, to: number): Editor =>
    editor('s1', name, { '/a': minute }, from, to);
  // the Conductor before it asks a subagent, and after that one is done
  expect(describeCollisions([conductor(1), subagent('a1', 3, 2, 4)], 5)).toEqual([]);
  expect(describeCollisions([conductor(5), subagent('a1', 3, 2, 4)], 5)).toEqual([]);
  // one in the background
  expect(describeCollisions([conductor(3.5), subagent('a1', 3, 2, 4)], 5)).toHaveLength(1);
  // two subagents, one after the other and beside each other
  expect(describeCollisions([subagent('a1', 1, 0, 2), subagent('a2', 4, 3, 5)], 5)).toEqual([]);
  expect(describeCollisions([subagent('a1', 1, 0, 4), subagent('a2', 4, 3, 5)], 5)).toEqual(['/a: s1/a1, s1/a2']);
});

const applyEvent = (state: SessionState, pos: number, minute: number, event: object): unknown =>
  reduce(state, { pos, value: { ts: T0 + minute * MINUTE, ...event } });
const between = { t: 'collision', worker: 'conductor', file: '/p/a.ts', other: 'conductor', session: 's2-and-more' };
const notices = (state: SessionState, minute: number) =>
  toViewModel(state, { now: T0 + minute * MINUTE, silentSeconds: 120, id: 's1', live: true });

test('what two windows say is one collision, shown until ten minutes of quiet', () => {
  const state = emptyState();
  applyEvent(state, 0, 0, { t: 'session', session: 's1', cwd: '/p' });
  applyEvent(state, 50, 0, { t: 'prompt', text: 'Fix the cart' });
  applyEvent(state, 100, 1, between);
  applyEvent(state, 200, 1, between);
  applyEvent(state, 300, 6, between);
  const view = notices(state, 15);
  expect(view.notices).toEqual([
    {
      id: 'n100',
      kind: 'collision',
      text: 'Fix the cart and another session edited a.ts within ten minutes. See that neither undoes what the other did.',
      collision: {
        file: 'a.ts',
        path: '/p/a.ts',
        agents: [
          { session: 's1', worker: 'conductor' },
          { session: 's2-and-more', worker: 'conductor' },
        ],
      },
      action: 'compareEdits',
      ts: T0 + 6 * MINUTE,
      dueTs: T0 + 16 * MINUTE,
      dismiss: 100,
      cause: '/p/a.ts s1/conductor s2-and-more/conductor',
    },
  ]);
  expect(view.counts.needsYou).toBe(1);
  expect(notices(state, 16).notices).toEqual([]);
  applyEvent(state, 400, 20, between);
  expect(notices(state, 20).notices[0]?.id).toBe('n400');
});

test('a dismissed one stays away as long as it is the same; so does a dismissed warning', () => {
  const state = emptyState();
  applyEvent(state, 0, 0, { t: 'log', level: 'escalate', message: 'look' });
  applyEvent(state, 100, 1, between);
  applyEvent(state, 200, 2, { t: 'dismiss', ref: 100, by: 'user' });
  applyEvent(state, 300, 3, { t: 'dismiss', ref: 0, by: 'user' });
  applyEvent(state, 400, 4, between);
  expect(notices(state, 5).notices).toEqual([]);
});

test('in a session’s log a collision is said once, and again only when it goes on', () => {
  const state = emptyState();
  const [collision] = editCollisions(
    [editor('s1', 'conductor', { '/a': 1 }), editor('s1', 'a1', { '/a': 2 }, 0, 3)],
    T0 + 3 * MINUTE,
  );
  if (collision === undefined) throw new Error('no collision');
  const event = missingCollision(state, 's1', collision);
  expect(event).toEqual({ t: 'collision', worker: 'a1', file: '/a', other: 'conductor' });
  applyEvent(state, 0, 2, event ?? {});
  expect(missingCollision(state, 's1', collision)).toBeUndefined();
  expect(
    missingCollision(state, 's1', { ...collision, earlier: collision.later, later: collision.earlier }),
  ).toBeUndefined();
  expect(missingCollision(state, 's1', { ...collision, ts: T0 + 8 * MINUTE })).toBeDefined();
});
