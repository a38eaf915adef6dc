import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import * as vscode from 'vscode';
import { boardOf } from '#core/projection/board.ts';
import { workerPaths } from '#core/base/paths.ts';
import { pickOne } from '#extension/base/quickPick.ts';
import { openOutput, openWorkerLog } from '#extension/editors/openFiles.ts';
import type { LoggedSession } from '#extension/sessions/loggedSession.ts';
import type { News } from '#extension/status/news.ts';
import { NotificationClaims } from '#extension/status/notificationClaims.ts';
import { Notifier } from '#extension/status/notifier.ts';
import { StatusBar } from '#extension/status/statusBar.ts';
import { summarize } from '#extension/status/summary.ts';
import { DecisionToast, showNews } from '#extension/status/toast.ts';
import { parseSettings } from '#protocol/parseSettings.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { setTrusted } from '#test/lib/vscode.ts';
import { ask, viewOf, working } from '#test/unit/core/projection/boardLogs.ts';
import { fold, T0 } from '#test/unit/core/fold/world.ts';

// The editor makes links, icons and pictures of what it is given. Words of others are given so that it makes none of them.

afterEach(() => {
  vi.restoreAllMocks();
  setTrusted(true);
});
afterAll(removeTempDirs);

const HOSTILE = '[go](command:workbench.action.quit) $(bell) <img src=x> **b** \u202eabc\u2028d';
/** What the editor would make something of in Markdown, and in a label. */
const LIVE = /\]\(command:workbench|<img|\*\*b\*\*|[\u202e\u2028]/;
const LIVE_LABEL = /(?<!\\)\$\([a-z~]+\)|[\u202e\u2028]/;

const now = T0 + 60_000;
const { settings: defaults } = parseSettings({});
const news = (more: Partial<News> = {}): News => ({
  key: 'k',
  how: 'notification',
  kind: 'done',
  text: HOSTILE,
  ...more,
});

/** The Board of a session whose names and commands are these words. */
function boardWith(words: string) {
  const log = [{ t: 'prompt', text: words }, working, ask({ summary: words, answerable: true })];
  const view = viewOf(log, { id: 's1', now });
  return { view, board: boardOf([view], { now, dayStartTs: T0, seenTs: () => undefined }) };
}

/** The items of the status bar that are made from now on. */
function statusItems(): Record<string, unknown>[] {
  const items: Record<string, unknown>[] = [];
  vi.spyOn(vscode.window, 'createStatusBarItem').mockImplementation(() => {
    const item = { show: () => {}, hide: () => {}, dispose: () => {} };
    items.push(item);
    return item as never;
  });
  return items;
}

test('the tooltip of the status bar is trusted, and has no word of others but as a text', () => {
  const { view, board } = boardWith('$(bell~spin)\u202e');
  const named = { ...view, session: { ...view.session, name: HOSTILE, projectName: HOSTILE } };
  const other = { ...named, session: { ...named.session, id: 's2', projectName: 'other' } };
  const items = statusItems();
  const bar = new StatusBar();
  const views = [named, other].map((each) => ({
    ...each,
    session: { ...each.session, transcript: { activity: { text: HOSTILE, ts: now } } },
  })) as unknown as (typeof view)[];
  bar.show({ ...summarize(views, board), needsYou: 1 }, views, board, 'always');
  bar.dispose();
  const item = items[0] ?? {};
  const { value, isTrusted } = item['tooltip'] as vscode.MarkdownString;
  expect(isTrusted).toBe(true);
  expect(value).not.toMatch(LIVE);
  const targets = [...value.matchAll(/\]\(command:([^?)]*)/g)].map(([, command]) => command);
  expect(new Set(targets)).toEqual(new Set(['fermata.showSession', 'fermata.board', 'fermata.switchSession']));
  // the label has icons of its own
  expect(item['text']).toMatch(/^\$\(bell\) /);
  expect(String(item['text']).slice('$(bell) '.length)).not.toMatch(LIVE_LABEL);
});

test('a message about what has happened has no link of others', async () => {
  const show = vi.spyOn(vscode.window, 'showInformationMessage');
  const warn = vi.spyOn(vscode.window, 'showWarningMessage');
  await showNews(news());
  await showNews(news({ kind: 'escalation' }));
  for (const shown of [show, warn]) {
    expect(shown).toHaveBeenCalledTimes(1);
    expect(shown.mock.calls[0]?.[0]).not.toMatch(/\]\(|[\u202e\u2028]/);
  }
});

/** The title of the message about a decision. */
function titleOf(item: News): string {
  const progress = vi.spyOn(vscode.window, 'withProgress');
  new DecisionToast([item]).dispose();
  return String(progress.mock.calls[0]?.[0].title);
}

test('a message about a decision has its own links alone', () => {
  const { board } = boardWith('npm test');
  const [row] = board.groups.needsYou;
  const title = titleOf(news({ row }));
  const targets = [...title.matchAll(/\[([^\]]*)\]\(command:([^?)]*)/g)].map(
    ([, label, command]) => `${label} ${command}`,
  );
  expect(targets).toEqual([
    'Allow fermata.answerPermission',
    'Deny fermata.answerPermission',
    'Look fermata.board',
    'Less of These… fermata.lessNews',
  ]);
  expect(title).not.toMatch(/[\u202e\u2028]/);
  expect(title.split('[')).toHaveLength(targets.length + 1);
});

test('in Restricted Mode it decides nothing', () => {
  const { board } = boardWith('npm test');
  setTrusted(false);
  expect(titleOf(news({ row: board.groups.needsYou[0] }))).not.toContain('answerPermission');
});

test('news in the status bar have no icon of others', () => {
  const shown = vi.spyOn(vscode.window, 'setStatusBarMessage');
  const { view, board } = boardWith('$(bell)\u202e');
  vi.spyOn(Date, 'now').mockReturnValue(T0);
  const settings = { ...defaults, 'notify.permission': 'statusBar' as const };
  const fail = (error: unknown): void => {
    throw error;
  };
  const notifier = new Notifier(new NotificationClaims(tempDir()), () => {}, fail);
  notifier.update({ views: [view], board, now, settings, looksAt: () => false });
  notifier.dispose();
  expect(shown).toHaveBeenCalledTimes(1);
  const text = String(shown.mock.calls[0]?.[0]);
  expect(text).toMatch(/^\$\(bell\) /);
  expect(text.slice('$(bell) '.length)).not.toMatch(LIVE_LABEL);
});

test('a choice has no icon of others in any of its lines', async () => {
  const pick = vi.spyOn(vscode.window, 'showQuickPick');
  await pickOne([{ label: HOSTILE, description: HOSTILE, detail: HOSTILE, value: 1 }], 'title', 'which?');
  const [[shown]] = pick.mock.calls as unknown as [[Record<string, string>[]]];
  for (const line of ['label', 'description', 'detail']) expect(shown[0]?.[line]).not.toMatch(LIVE_LABEL);
});

/** A session of a worker whose folder has this. */
function outputOf(make: (paths: ReturnType<typeof workerPaths>) => void): LoggedSession {
  const dir = join(tempDir(), 'session');
  const paths = workerPaths(dir, 'W1');
  mkdirSync(paths.out, { recursive: true });
  make(paths);
  return { dir, state: fold([]) } as unknown as LoggedSession;
}

function secret(): string {
  const path = join(tempDir(), 'secret.txt');
  writeFileSync(path, 'of somebody');
  return path;
}

test('an output that is a link is not opened, nor what is behind one', async () => {
  const open = vi.spyOn(vscode.commands, 'executeCommand');
  const say = vi.spyOn(vscode.window, 'showInformationMessage');
  const links = outputOf(({ out }) => {
    symlinkSync(secret(), join(out, 'result.txt'));
    symlinkSync(tempDir(), join(out, 'folder'));
  });
  await openOutput(links, 'W1', 'tests');
  expect(open).not.toHaveBeenCalled();
  expect(say.mock.calls).toEqual([['tests has handed over no files.']]);
});

test('an output folder that is a link is not listed', async () => {
  const open = vi.spyOn(vscode.commands, 'executeCommand');
  const dir = join(tempDir(), 'session');
  mkdirSync(join(dir, 'workers', 'W1'), { recursive: true });
  symlinkSync(join(secret(), '..'), join(dir, 'workers', 'W1', 'out'));
  await openOutput({ dir, state: fold([]) } as unknown as LoggedSession, 'W1', 'tests');
  expect(open).not.toHaveBeenCalled();
});

test('a file that a worker handed over is opened, and of several the person chooses', async () => {
  const open = vi.spyOn(vscode.commands, 'executeCommand');
  const one = outputOf(({ out }) => writeFileSync(join(out, 'a.txt'), 'x'));
  await openOutput(one, 'W1', 'tests');
  expect(open.mock.calls).toMatchObject([['vscode.open', { fsPath: join(workerPaths(one.dir, 'W1').out, 'a.txt') }]]);
  const pick = vi.spyOn(vscode.window, 'showQuickPick');
  const two = outputOf(({ out }) => {
    mkdirSync(join(out, 'b'));
    writeFileSync(join(out, 'a.txt'), 'x');
    writeFileSync(join(out, 'b', 'c.txt'), 'x');
  });
  await openOutput(two, 'W1', 'tests');
  expect(open).toHaveBeenCalledTimes(1);
  expect((pick.mock.calls[0] as unknown as [{ label: string }[]])[0].map(({ label }) => label)).toEqual([
    'a.txt',
    'b/c.txt',
  ]);
});

test('what a worker printed is not opened where a link is in its place', async () => {
  const open = vi.spyOn(vscode.window, 'showTextDocument');
  const say = vi.spyOn(vscode.window, 'showInformationMessage');
  const path = secret();
  await openWorkerLog(
    outputOf(({ stdout, stderr }) => {
      symlinkSync(path, stdout);
      symlinkSync(path, stderr);
    }),
    'W1',
    'tests',
  );
  expect(open).not.toHaveBeenCalled();
  expect(say.mock.calls).toEqual([['tests has printed nothing that Fermata keeps.']]);
});
