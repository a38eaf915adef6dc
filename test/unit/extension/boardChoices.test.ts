import { expect, test } from 'vitest';
import { BoardChoices, type WindowMemory } from '#extension/sessions/boardChoices.ts';
import { SessionScope } from '#extension/sessions/sessionScope.ts';
import { WindowFolders } from '#extension/sessions/windowFolders.ts';
import { Emitter } from '#extension/base/emitter.ts';
import { windowMemory } from '#test/lib/windowMemory.ts';

test('the window remembers scope, pins and what was seen', () => {
  const memory = windowMemory();
  const choices = new BoardChoices(memory);
  expect([choices.scope, [...choices.pinned], choices.seenTs('s1')]).toEqual(['window', [], undefined]);
  choices.setScope('everywhere');
  for (const id of ['s1', 's2', 's1']) choices.pin(id, true);
  choices.pin('s2', false);
  expect([choices.markSeen('s1', 5), choices.markSeen('s1', 5), choices.markSeen('s1', 4)]).toEqual([
    true,
    false,
    false,
  ]);
  const again = new BoardChoices(memory);
  expect([again.scope, [...again.pinned], again.seenTs('s1')]).toEqual(['everywhere', ['s1'], 5]);
});

test('it remembers the latest only', () => {
  const memory = windowMemory();
  const choices = new BoardChoices(memory);
  for (let i = 0; i < 250; i++) {
    choices.markSeen(`s${i}`, i);
    choices.pin(`s${i}`, true);
  }
  const again = new BoardChoices(memory);
  expect([again.pinned.size, again.pinned.has('s249'), again.pinned.has('s0')]).toEqual([200, true, false]);
  expect([again.seenTs('s249'), again.seenTs('s49')]).toEqual([249, undefined]);
});

test('a memory of another version counts as empty, and one that cannot be written harms nothing', async () => {
  const odd: Record<string, unknown> = { 'board.scope': 7, 'board.pinned': { a: 1 }, 'board.seen': [['s', 'x'], 3] };
  const memory: WindowMemory = { get: (key) => odd[key], update: () => Promise.reject(new Error('full')) };
  const choices = new BoardChoices(memory);
  expect([choices.scope, choices.pinned.size, choices.seenTs('s')]).toEqual(['window', 0, undefined]);
  choices.pin('s1', true);
  await Promise.resolve();
  expect(choices.pinned.has('s1')).toBe(true);
});

test('each request for the focus counts, also for the same row', () => {
  const choices = new BoardChoices(windowMemory());
  expect(choices.focus).toBeUndefined();
  choices.focusRow('a');
  choices.focusRow('a');
  expect(choices.focus).toEqual({ row: 'a', count: 2 });
});

test('everywhere adds the folders of sessions outside as they come, and the window alone drops them', () => {
  const choices = new BoardChoices(windowMemory());
  const folders = new WindowFolders(() => ['/own']);
  const changed = new Emitter();
  const running = ['/own', '/a', '/a', '/b'];
  let refreshes = 0;
  const outside = (): string[] => running.filter((project) => !folders.roots().includes(project));
  const scope = new SessionScope({
    choices,
    folders,
    store: { reconfigure: () => {} },
    list: {
      outside,
      onDidChange: changed.event,
      refresh: () => {
        refreshes++;
        changed.fire();
      },
    },
  });
  changed.fire();
  expect([scope.outside(), folders.roots(), refreshes]).toEqual([3, ['/own'], 0]);
  scope.set('everywhere');
  expect([scope.outside(), folders.roots()]).toEqual([0, ['/own', '/a', '/b']]);
  // one that ends stays, one that starts is added
  running.splice(0, running.length, '/own', '/b', '/c');
  changed.fire();
  expect([scope.outside(), folders.roots()]).toEqual([0, ['/own', '/a', '/b', '/c']]);
  scope.set('window');
  expect([scope.outside(), folders.roots(), choices.scope]).toEqual([2, ['/own'], 'window']);
  scope.dispose();
});
