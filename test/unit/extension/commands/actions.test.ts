import { readdirSync, readFileSync, renameSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { createLog } from '#core/log/append.ts';
import { sessionDir, sessionPaths } from '#core/base/paths.ts';
import { publish } from '#core/session/publish.ts';
import { holdNext } from '#core/session/nextHold.ts';
import { isOfPerson } from '#core/fold/queries.ts';
import { toViewModel } from '#core/projection/toViewModel.ts';
import { HOLDS } from '#protocol/hold.ts';
import { HeldCalls } from '#extension/commands/heldCalls.ts';
import { Actions } from '#extension/commands/actions.ts';
import { AbortWatch } from '#extension/sessions/abortWatch.ts';
import { WorkerControl } from '#extension/sessions/workerControl.ts';
import type { LoggedSession } from '#extension/sessions/loggedSession.ts';
import { SessionStore } from '#extension/sessions/sessionStore.ts';
import { parseSettings } from '#protocol/parseSettings.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

afterAll(removeTempDirs);

function session(): { home: string; project: string; dir: string } {
  const [home, project] = [tempDir(), tempDir()];
  const dir = sessionDir(home, 's1');
  createLog(dir, Date.now());
  const block = { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, stderr: 'wait' } as const;
  publish(dir, Date.now(), { t: 'session', session: 's1', cwd: project }, block);
  return { home, project, dir };
}

/** A window that shows the session. */
async function window({ home, project }: ReturnType<typeof session>) {
  const { settings } = parseSettings({});
  const store = new SessionStore({
    home,
    roots: () => [project],
    settings: () => settings,
    trusted: () => true,
    superviseWorkers: async () => {},
    onError: (error) => {
      throw error;
    },
  });
  await store.start();
  const [shown] = store.list();
  if (shown === undefined) throw new Error('the session is not shown');
  const workerControl = new WorkerControl({ home, settings: () => settings });
  const actions = new Actions(
    { store, trusted: () => true, workerControl: async () => workerControl, abortWatch: new AbortWatch(() => {}) },
    () => {},
  );
  return { store, actions, shown };
}

const flags = (dir: string): string[] => readdirSync(sessionPaths(dir).flags);
const lines = (dir: string, type: string): number =>
  readFileSync(sessionPaths(dir).log, 'utf8').split(`"t":"${type}"`).length - 1;

test.each<[string, string, (actions: Actions, shown: LoggedSession) => void]>([
  ['release', 'unblock', (actions, shown) => actions.release(shown, 'B1', 'go on')],
  ['release all', 'unblock', (actions, shown) => actions.releaseAll(shown)],
  ['abort the session', 'abort', (actions, shown) => actions.abortSession(shown)],
])('two windows that %s at once publish one event and raise no flag', async (_name, type, act) => {
  const made = session();
  const windows = [await window(made), await window(made)];
  for (const { actions, shown } of windows) {
    act(actions, shown);
    expect(lines(made.dir, type)).toBe(1);
    expect(flags(made.dir)).toEqual([]);
  }
  for (const { store } of windows) store.dispose();
});

test('a release whose log cannot be written is obeyed once it can', async () => {
  const made = session();
  const { store, actions, shown } = await window(made);
  const { log } = sessionPaths(made.dir);
  renameSync(log, `${log}.away`);
  expect(() => actions.release(shown, 'B1')).toThrow('ENOENT');
  expect(flags(made.dir)).toEqual(['release-B1']);
  renameSync(`${log}.away`, log);
  store.refresh(shown);
  await waitFor(() => shown.state.blocks.get('B1')?.ended !== undefined, { describe: 'the release' });
  expect(flags(made.dir)).toEqual([]);
  expect(lines(made.dir, 'unblock')).toBe(1);
  store.dispose();
});

test('an ended session is neither paused nor aborted', async () => {
  const made = session();
  publish(made.dir, Date.now(), { t: 'end' });
  const { store, actions, shown } = await window(made);
  expect(() => actions.pause(shown)).toThrow('This session has ended');
  expect(() => actions.abortSession(shown)).toThrow('This session has ended');
  expect(lines(made.dir, 'abort')).toBe(0);
  store.dispose();
});

test('what is held once is the person’s, names what it holds, and ends with its release', async () => {
  const made = session();
  const { store, actions, shown } = await window(made);
  for (const kind of HOLDS) actions.hold(shown, holdNext(kind));
  // the same again is the same block
  actions.hold(shown, holdNext('bash'));
  const views = toViewModel(shown.state, { now: Date.now(), silentSeconds: 60, id: 's1', live: true }).blocks;
  expect(views.flatMap(({ next, worker, needsYou }) => (next === undefined ? [] : [[next, worker, needsYou]]))).toEqual(
    HOLDS.map((kind) => [kind, 'user', false]),
  );
  const merge = views.find(({ next }) => next === 'merge');
  expect(merge).toMatchObject({ reason: 'The person looks at the next merge before it runs', match: { tool: 'Bash' } });
  expect([...shown.state.blocks.values()].filter(isOfPerson).every(({ dueTs }) => dueTs === undefined)).toBe(true);
  const id = merge?.id ?? '';
  publish(made.dir, Date.now(), { t: 'held', block: id, id: 'h1', tool: 'Bash', summary: 'git merge topic' });
  store.refresh(shown);
  // now it is a decision, with a card of its own
  const held = toViewModel(shown.state, { now: Date.now(), silentSeconds: 60, id: 's1', live: true });
  expect(held.blocks.find((each) => each.id === id)).toMatchObject({ next: undefined, needsYou: true });
  new HeldCalls({ silentSeconds: () => 60, publish: (where, ...events) => actions.publish(where, ...events) }).letRun(
    shown,
    held.calls[0]?.id ?? '',
  );
  expect(shown.state.blocks.get(id)?.ended?.how).toBe('release');
  store.dispose();
});

test('to a session on another machine, or of another user, nothing is done', async () => {
  const { dir, ...rest } = session();
  const { actions, shown } = await window({ dir, ...rest });
  const before = readFileSync(sessionPaths(dir).log, 'utf8');
  for (const [outOfReach, why] of [
    ['machine', 'This session runs on another machine. Decide it there.'],
    ['user', 'This session belongs to another user, who has to decide it.'],
  ] as const) {
    const far = new Proxy(shown, {
      get: (target, key) => (key === 'reach' ? { outOfReach } : Reflect.get(target, key, target)),
    });
    expect(() => actions.release(far, 'B1')).toThrow(why);
    expect(() => actions.sendMessage(far, 'conductor', 'hello')).toThrow(why);
    expect(() => actions.answer(far, 'a1', 'allow')).toThrow(why);
  }
  expect(readFileSync(sessionPaths(dir).log, 'utf8')).toBe(before);
});
