import { describe, expect, test } from 'vitest';
import { missingEvents, missingShells } from '#core/claude/reconcile.ts';
import type { NewEvent } from '#core/log/append.ts';
import { fold, T0 } from '#test/unit/core/fold/world.ts';

const state = (...events: NewEvent[]) => fold([{ t: 'session', session: 's', ts: T0 }, ...events]);
const working: NewEvent = { t: 'turn', state: 'working', ts: T0 + 1000 };
const idle: NewEvent = { t: 'turn', state: 'idle', ts: T0 + 2000 };
const ask = (id: string, more: object = {}): NewEvent => ({
  t: 'ask',
  ask: id,
  tool: 'Bash',
  summary: 'npm publish',
  ts: T0 + 3000,
  ...more,
});
const NOW = T0 + 60_000;
const refused = { state: 'working' as const, sinceTs: T0 + 1000, refused: true as const };

describe('a permission that is asked for', () => {
  const goneAnswer = { t: 'answer', ask: 'a', decision: 'gone', by: 'user' };

  test('is no news while the dialog stands, and once Claude is busy again it was answered there', () => {
    const asked = state(working, ask('a'));
    expect(missingEvents(asked, { status: 'waiting', statusTs: T0 + 3100 }, NOW)).toEqual([]);
    expect(missingEvents(asked, { status: 'busy', statusTs: T0 + 1100 }, NOW)).toEqual([]);
    expect(missingEvents(asked, { status: 'busy', statusTs: T0 + 9000 }, T0 + 9500)).toEqual([]);
    expect(missingEvents(asked, { status: 'busy', statusTs: T0 + 9000 }, NOW)).toEqual([goneAnswer]);
    expect(missingEvents(asked, {}, NOW)).toEqual([]);
  });

  test('stands where it was asked for later, or in the terminal of another session', () => {
    const later = state(working, ask('a', { ts: T0 + 9001 }));
    expect(missingEvents(later, { status: 'busy', statusTs: T0 + 9000 }, NOW)).toEqual([]);
    const elsewhere = state(working, { t: 'spawn', worker: 'W1', kind: 'session' }, ask('a', { worker: 'W1' }));
    expect(missingEvents(elsewhere, { status: 'busy', statusTs: T0 + 9000 }, NOW)).toEqual([]);
  });

  test('of which only a notification told: Claude works again', () => {
    const waiting = state(working, { t: 'turn', state: 'waiting', reason: 'a dialog', ts: T0 + 3000 });
    expect(missingEvents(waiting, { status: 'busy', statusTs: T0 + 9000 }, NOW)).toEqual([
      { t: 'turn', state: 'working' },
    ]);
  });
});

describe('a turn', () => {
  test('that the person interrupted is over, with what it asked for', () => {
    expect(missingEvents(state(working), { status: 'idle', statusTs: T0 + 5000 }, NOW)).toEqual([
      { t: 'turn', state: 'idle' },
    ]);
    // the hook that waited beside the dialog may say its end after the turn's
    const ended: NewEvent = { t: 'answer', ask: 'a', decision: 'gone', by: 'conductor', ts: T0 + 5100 };
    expect(missingEvents(state(working, ask('a'), ended), { status: 'idle', statusTs: T0 + 5000 }, NOW)).toHaveLength(
      1,
    );
    expect(missingEvents(state(working, ask('a')), { status: 'idle', statusTs: T0 + 5000 }, NOW)).toMatchObject([
      { t: 'answer', ask: 'a' },
      { t: 'turn', state: 'idle' },
    ]);
    expect(missingEvents(state(working), { status: 'idle', statusTs: T0 + 500 }, NOW)).toEqual([]);
    expect(missingEvents(state(working, idle), { status: 'idle', statusTs: T0 + 5000 }, NOW)).toEqual([]);
  });

  test('is over at once when the status says so, though a moment must pass before a dialog counts as answered', () => {
    expect(missingEvents(state(working), { status: 'idle', statusTs: T0 + 5000 }, T0 + 5001)).toHaveLength(1);
  });

  test('that was interrupted is over though background agents keep the status busy', () => {
    const turn = { state: 'idle' as const, sinceTs: T0 + 5000, interrupted: true as const };
    const busy = { status: 'busy' as const, statusTs: T0 + 900 };
    expect(missingEvents(state(working), { turn, ...busy }, T0 + 5001)).toEqual([{ t: 'turn', state: 'idle' }]);
    expect(missingEvents(state(working), { turn }, T0 + 5001)).toEqual([{ t: 'turn', state: 'idle' }]);
    // another turn has begun since
    expect(missingEvents(state({ ...working, ts: T0 + 6000 }), { turn, ...busy }, T0 + 6001)).toEqual([]);
    expect(missingEvents(state(working, { ...idle, ts: T0 + 5001 }), { turn }, NOW)).toEqual([]);
  });

  test('of a prompt that waited while Claude was busy is seen, which no hook reports', () => {
    const turn = { state: 'working' as const, sinceTs: T0 + 3000 };
    const busy = { status: 'busy' as const, statusTs: T0 + 3000 };
    expect(missingEvents(state(working, idle), { turn, ...busy }, T0 + 3500)).toEqual([]);
    expect(missingEvents(state(working, idle), { turn, ...busy }, NOW)).toEqual([{ t: 'turn', state: 'working' }]);
    expect(missingEvents(state(working, idle), { turn: { ...turn, sinceTs: T0 + 1100 }, ...busy }, NOW)).toEqual([]);
    expect(missingEvents(state(working, idle), { turn, status: 'idle', statusTs: T0 + 4000 }, NOW)).toEqual([]);
  });

  test('whose end somebody refused goes on, is no other turn, and its refusals are counted on', () => {
    const [continued] = missingEvents(state(working, idle), { turn: refused }, NOW);
    expect(continued).toMatchObject({ t: 'turn', state: 'working' });
    expect(missingEvents(state(working, idle), { turn: refused }, T0 + 2500)).toEqual([]);
    expect(missingEvents(state(working, idle), { turn: refused, status: 'idle', statusTs: T0 + 3000 }, NOW)).toEqual(
      [],
    );
    expect(missingEvents(state(working), { turn: refused }, NOW)).toEqual([]);
    const again = { ...(continued as NewEvent), ts: T0 + 2100 };
    const { conductor } = state(working, idle, again);
    expect(conductor).toMatchObject({ state: 'working', turn: 1 });
    const ends = (...between: NewEvent[]) =>
      state(working, idle, ...between, { ...idle, ts: T0 + 3000 }).stopRefusals.get('conductor')?.count;
    expect(ends()).toBe(1);
    expect(ends(again)).toBe(1);
    expect(ends({ ...working, ts: T0 + 2100 })).toBeUndefined();
    expect(ends({ ...working, ts: T0 + 2100 }, again)).toBeUndefined();
  });

  test('that background subagents alone keep busy is over', () => {
    expect(missingEvents(state(working, idle), { status: 'busy', statusTs: T0 + 1500 }, NOW)).toEqual([]);
  });
});

describe('a shell in the background', () => {
  const started = { sinceTs: T0 + 1500, task: 'Watch', command: 'npm run watch' };
  const of = (shell: object) => ({ shells: new Map([['b1', { ...started, ...shell }]]) });
  const spawn = {
    t: 'spawn',
    worker: 'b1',
    kind: 'shell',
    parent: 'conductor',
    task: 'Watch',
    command: 'npm run watch',
  };
  const end = { id: 'b1', status: 'completed', summary: 'over' };

  test('is there from its start on in the turn that started it: what ran before, a hook has listed', () => {
    expect(missingEvents(state(working), of({}), NOW)).toEqual([spawn]);
    expect(missingEvents(state(working), of({ sinceTs: T0 }), NOW)).toEqual([]);
    expect(missingEvents(state(working, idle), of({}), NOW)).toEqual([]);
    expect(missingEvents(state(working), of({ end }), NOW)).toEqual([]);
    expect(missingEvents(state(working, spawn as NewEvent), of({}), NOW)).toEqual([]);
    expect(missingShells(state(idle), of({}).shells, 0)).toEqual([spawn]);
  });

  test('has ended once Claude is told so, and its command keeps no secret', () => {
    const running = state(working, spawn as NewEvent);
    expect(missingEvents(running, of({ end }), NOW)).toEqual([{ t: 'done', worker: 'b1', result: 'over' }]);
    const killed = { ...end, status: 'killed' };
    expect(missingEvents(running, of({ end: killed }), NOW)).toMatchObject([
      { t: 'exit', worker: 'b1', signal: 'stop' },
    ]);
    expect(missingEvents(state(working, spawn as NewEvent, { t: 'done', worker: 'b1' }), of({ end }), NOW)).toEqual([]);
    const secret = 'curl -H "Authorization: Bearer ghp_0123456789abcdefghij0123456789abcdef"';
    expect(JSON.stringify(missingEvents(state(working), of({ command: secret }), NOW))).not.toContain('ghp_0123');
  });
});
