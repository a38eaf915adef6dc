import { expect, test } from 'vitest';
import type { NewEvent } from '#core/log/append.ts';
import { HeldCalls } from '#extension/commands/heldCalls.ts';
import type { LoggedSession } from '#extension/sessions/loggedSession.ts';
import { fold, started } from '#test/unit/core/fold/world.ts';

const block = (worker: string, fields: object = {}): object => {
  return { t: 'hook', worker, event: 'PreToolUse', exit: 2, message: `${worker} waits`, ...fields };
};
const seen = { tool: 'Bash', summary: 'sh merge.sh', call: 'toolu_1' };

/** A session whose log has these events, and the person's decisions about its held calls. */
function stage(...events: object[]) {
  const state = fold(events);
  const session = { folder: 's1', state } as LoggedSession;
  const published: NewEvent[] = [];
  const held = new HeldCalls({
    silentSeconds: () => 1e9,
    publish: (_session, ...more) => {
      published.push(...more);
      fold(more, state, 1000 + published.length);
    },
  });
  return { state, session, held, published };
}

test('a call that is let run ends what only the person can end, and passes what ends by itself', () => {
  const { state, session, held } = stage(
    ...started(1),
    block('W1'),
    block('user'),
    { t: 'held', id: 'a', block: 'B1', ...seen },
    { t: 'held', id: 'b', block: 'B2', ...seen },
  );
  held.letRun(session, 'held toolu_1');
  expect(state.blocks.get('B1')).toMatchObject({ passes: [{ call: 'toolu_1' }] });
  expect(state.blocks.get('B1')?.ended).toBeUndefined();
  expect(state.blocks.get('B2')?.ended).toMatchObject({ how: 'release', by: 'user' });
});

test('after a refusal Claude is told to make the call again, and is woken for it', () => {
  const { session, held, published } = stage(block('user'), { t: 'denied', id: 'r', block: 'B1', ...seen });
  held.letRun(session, 'refused toolu_1', 'the copy is done');
  expect(published.at(-1)).toMatchObject({
    t: 'tell',
    to: 'conductor',
    now: true,
    text: 'The person now lets this run; make the call again: Bash sh merge.sh\nthe copy is done',
  });
});

test('a held call needs no word; a word goes along', () => {
  const log = [block('user'), { t: 'held', id: 'a', block: 'B1', ...seen }];
  const silent = stage(...log);
  silent.held.letRun(silent.session, 'held toolu_1');
  expect(silent.published.map(({ t }) => t)).toEqual(['unblock']);
  const worded = stage(...log);
  worded.held.letRun(worded.session, 'held toolu_1', 'mind the replica');
  expect(worded.published.at(-1)).toMatchObject({ t: 'tell', text: 'mind the replica' });
});

test('to take it back holds the next call that matches, once', () => {
  const match = { tool: 'Bash', command: 'sh merge*' };
  const { state, session, held } = stage(block('review', { match }), { t: 'held', id: 'a', block: 'B1', ...seen });
  held.letRun(session, 'held toolu_1');
  held.holdAgain(session, 'held toolu_1');
  expect(state.blocks.get('B2')).toMatchObject({ worker: 'user', text: 'review waits', match });
  expect(() => held.holdAgain(session, 'held toolu_1')).toThrow('That can no longer be taken back.');
});

test('a call that is held no more is said to be', () => {
  const { session, held } = stage(block('user'));
  expect(() => held.letRun(session, 'held toolu_1')).toThrow('That call is not held any more.');
});

test('a held call that is refused may be let run after all: Claude is told to make it again', () => {
  const { state, session, held, published } = stage(block('user'), { t: 'held', id: 'a', block: 'B1', ...seen });
  held.deny(session, 'held toolu_1', 'not today');
  expect(published).toEqual([{ t: 'deny', call: 'toolu_1', by: 'user', word: 'not today' }]);
  const refusal = { t: 'denied', id: 'r', block: 'B1', by: 'user', ...seen };
  fold([{ t: 'held', id: 'a', block: 'B1', ms: 9, ...seen }, refusal], state, 2000);
  held.letRun(session, 'held toolu_1');
  expect(state.blocks.get('B1')?.ended).toMatchObject({ how: 'release', by: 'user' });
  expect(published.at(-1)).toMatchObject({ t: 'tell', text: expect.stringContaining('make the call again: Bash') });
});

test('what is no held tool call cannot be refused', () => {
  const stop = { t: 'held', id: 'a', block: 'B1', tool: 'Stop', call: 'run-1' };
  const { session, held } = stage(block('user', { event: 'Stop' }), stop);
  expect(() => held.deny(session, 'held run-1')).toThrow('That cannot be refused.');
  expect(() => held.deny(session, 'held toolu_9')).toThrow('That call is not held any more.');
});
