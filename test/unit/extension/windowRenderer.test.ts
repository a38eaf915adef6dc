import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { createLog } from '#core/log/append.ts';
import { sessionDir } from '#core/base/paths.ts';
import { publish } from '#core/session/publish.ts';
import { writeSessionInfo } from '#core/session/info.ts';
import type { Replays } from '#extension/replay/replays.ts';
import type { Rules } from '#extension/rules/rules.ts';
import { Selection } from '#extension/sessions/selection.ts';
import { SessionList } from '#extension/sessions/sessionList.ts';
import { SessionStore } from '#extension/sessions/sessionStore.ts';
import { TranscriptSessions } from '#extension/sessions/transcriptSessions.ts';
import { panelState, WindowRenderer, type WindowSources } from '#extension/windowRenderer.ts';
import { parseSettings } from '#protocol/parseSettings.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

const { projections, contexts } = vi.hoisted(() => ({
  projections: [] as string[],
  contexts: new Map<string, boolean>(),
}));

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
  const sources: WindowSources = {
    settings,
    list,
    selection: new Selection(list),
    replays: { isOf: () => false, of: () => undefined } as unknown as Replays,
    rules: { notices: [], approved: false } as unknown as Rules,
    hooks: () => ({ state: 'installed' }),
    hooksInstalled: () => true,
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
    const { views, rows, selected, summary } = renderer.view;
    expect(panels).toMatchObject([{ selected: selected?.session.id, view: { generatedTs: views[0]?.generatedTs } }]);
    expect(panels[0]?.sessions).toEqual(renderer.view.sessions);
    expect(rows.map(({ session, view }) => [session, view])).toEqual(views.map((view) => [view.session.id, view]));
    // three sessions of one folder: their ids tell them apart
    expect(rows.map(({ short }) => short)).toEqual(rows.map(({ session }) => session));
    expect([summary.sessions, contexts.get('fermata:hasSession'), contexts.get('fermata:paused')]).toEqual([
      3,
      true,
      false,
    ]);
    expect(projections).toHaveLength(3);
  } finally {
    renderer.dispose();
    list.dispose();
    store.dispose();
  }
});
