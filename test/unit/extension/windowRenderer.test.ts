import { InstallQuestion } from '#extension/install/installQuestion.ts';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, expect, test, vi } from 'vitest';
import { createLog } from '#core/log/append.ts';
import { sessionDir } from '#core/base/paths.ts';
import { publish } from '#core/session/publish.ts';
import { writeSessionInfo } from '#core/session/info.ts';
import type { Replays } from '#extension/replay/replays.ts';
import type { Rules } from '#extension/rules/rules.ts';
import { BoardChoices } from '#extension/sessions/boardChoices.ts';
import { Selection } from '#extension/sessions/selection.ts';
import type { Session } from '#extension/sessions/session.ts';
import { SessionList } from '#extension/sessions/sessionList.ts';
import { SessionStore } from '#extension/sessions/sessionStore.ts';
import { TranscriptSessions } from '#extension/sessions/transcriptSessions.ts';
import { panelState, WindowRenderer, type WindowSources } from '#extension/windowRenderer.ts';
import { parseSettings } from '#protocol/parseSettings.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { windowMemory } from '#test/lib/windowMemory.ts';

const { projections, contexts } = vi.hoisted(() => {
  // what the tests of other files have imported would import the projection that is not counted
  vi.resetModules();
  return { projections: [] as string[], contexts: new Map<string, boolean>() };
});
afterAll(() => void vi.resetModules());

vi.mock('vscode', async (original) => ({
  ...(await original<object>()),
  workspace: { isTrusted: true },
  commands: { executeCommand: (_: string, key: string, value: boolean) => contexts.set(key, value) },
}));

vi.mock('#core/projection/toViewModel.ts', async (original) => {
  const module = await original<typeof import('#core/projection/toViewModel.ts')>();
  const counted =
    <Options extends { id: string }, View>(project: (state: never, options: Options) => View) =>
    (state: never, options: Options) => {
      projections.push(options.id);
      return project(state, options);
    };
  return { ...module, toViewModel: counted(module.toViewModel), sessionView: counted(module.sessionView) };
});

afterAll(removeTempDirs);

test('a draw projects each session once, and all surfaces show that one view', async () => {
  const [home, project] = [tempDir(), join(tempDir(), 'project')];
  mkdirSync(project);
  for (const id of ['s1', 's2', 's3']) {
    const dir = sessionDir(home, id);
    createLog(dir, Date.now());
    writeSessionInfo(dir, { session: id, project, pid: process.pid, started: Date.now() });
    publish(dir, Date.now(), { t: 'session', session: id, cwd: project });
  }
  const { settings: defaults } = parseSettings({});
  const [trusted, settings] = [() => true, () => defaults];
  const roots = () => [project];
  const onError = (error: unknown): void => expect.fail(String(error));
  const store = new SessionStore({ home, roots, settings, trusted, superviseWorkers: async () => {}, onError });
  const transcriptSessions = new TranscriptSessions({
    config: join(home, 'claude'),
    sessions: join(home, 'sessions'),
    roots,
    now: Date.now,
    describeHookProblem: () => '',
  });
  const list = new SessionList({ store, transcriptSessions, settings, trusted, onError });
  let lookedAt: string | undefined;
  const sources: WindowSources = {
    settings,
    list,
    selection: new Selection(list),
    choices: new BoardChoices(windowMemory()),
    looksAt: ({ id }) => id === lookedAt,
    outside: () => 0,
    replays: { isOf: () => false, of: () => undefined } as unknown as Replays,
    rules: { notices: [], approved: false } as unknown as Rules,
    hooks: () => ({ state: 'installed' }),
    hooksInstalled: () => true,
    question: new InstallQuestion(() => {}),
    demo: '/demo',
    problems: () => [],
  };
  const renderer = new WindowRenderer(sources);
  const panels: ReturnType<typeof panelState>[] = [];
  renderer.onDidRender(() => panels.push(panelState(sources, renderer.view)));
  try {
    await store.start();
    projections.length = 0;
    renderer.render();
    expect(projections.toSorted()).toEqual(['s1', 's2', 's3']);
    const { views, rows, summary, board } = renderer.view;
    expect(panels).toMatchObject([{ board }]);
    expect([panels[0]?.selected, panels[0]?.view]).toEqual([undefined, undefined]);
    expect([board.live, board.needsYou]).toEqual([3, 0]);
    // the panel goes to a session and back, and each is the view of the same draw
    const [first] = list.list();
    sources.selection.choose(first as Session);
    renderer.render();
    const shown = renderer.view.views.find(({ session }) => session.id === first?.folder);
    expect(panels.at(-1)).toMatchObject({ selected: first?.folder, view: shown });
    expect(panels.at(-1)?.board).toBeUndefined();
    sources.selection.chooseBoard();
    renderer.render();
    expect(panels.at(-1)).toMatchObject({ board: renderer.view.board });
    projections.length = 3;
    expect(panels[0]?.sessions).toEqual(renderer.view.sessions);
    expect(rows.map(({ session, view }) => [session, view])).toEqual(views.map((view) => [view.session.id, view]));
    // three sessions of one folder that began at the same time: numbers tell them apart
    expect(new Set(rows.map(({ view }) => view.session.name)).size).toBe(3);
    expect([summary.sessions, contexts.get('fermata:hasSession'), contexts.get('fermata:paused')]).toEqual([
      3,
      true,
      false,
    ]);
    expect(projections).toHaveLength(3);
    // a turn that has ended is the person's until they have looked at it
    publish(sessionDir(home, 's2'), Date.now(), { t: 'turn', state: 'working' }, { t: 'turn', state: 'idle' });
    store.refresh({ folder: 's2' });
    const placeOf = (): unknown[] => {
      renderer.render();
      const { yourTurn, done } = renderer.view.board.groups;
      return [yourTurn.map((row) => row.session), done.map((row) => row.session).includes('s2')];
    };
    expect(placeOf()).toEqual([['s2'], false]);
    lookedAt = 's2';
    expect(placeOf()).toEqual([[], true]);
    lookedAt = undefined;
    expect(placeOf()).toEqual([[], true]);
    // however often sessions change, they are drawn once, and at once for what acts on them
    projections.length = 0;
    for (let i = 0; i < 100; i++) renderer.request();
    expect(projections).toEqual([]);
    expect(renderer.latest).toBe(renderer.view);
    expect(projections).toHaveLength(3);
    for (let turn = 0; turn < 5; turn++) await nextTurn();
    expect(projections).toHaveLength(3);
  } finally {
    renderer.dispose();
    list.dispose();
    store.dispose();
  }
});
