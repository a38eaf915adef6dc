import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';
import { emptyTranscript } from '#core/claude/transcript/transcriptState.ts';
import { emptyState } from '#core/fold/state.ts';
import { toViewModel } from '#core/projection/toViewModel.ts';
import { reduce } from '#core/fold/reduce.ts';
import type { ViewModel } from '#protocol/viewModel.ts';
import { editsOfSeveral } from '#extension/commands/editsOfSeveral.ts';
import { ChangeCounter } from '#extension/sessions/changeCounter.ts';
import { Changes } from '#extension/sessions/changes.ts';
import type { TrackedTranscript } from '#extension/sessions/session.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

afterAll(removeTempDirs);

const counters: { dispose(): void }[] = [];
afterEach(() => {
  for (const each of counters.splice(0)) each.dispose();
});

function repository(): { root: string; git: (...args: string[]) => void } {
  const root = tempDir();
  const git = (...args: string[]): void =>
    void execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', '-C', root, ...args]);
  git('init', '--quiet');
  for (const name of ['a', 'b', 'c']) writeFileSync(join(root, name), 'one\ntwo\n');
  git('add', '--all');
  git('commit', '--quiet', '--message', 'first');
  return { root, git };
}

interface Options {
  trusted?: boolean;
  gitProgram?: string;
  folders?: string[];
  checkMs?: number;
}

function counter({ trusted = true, gitProgram, folders = [], checkMs = 20 }: Options = {}) {
  const warnings: string[] = [];
  const made = new ChangeCounter({
    trusted: () => trusted,
    editorsGit: () => gitProgram,
    folders: () => folders,
    onChange: () => undefined,
    warn: (message) => warnings.push(message),
    intervals: { checkMs, countMs: 1 },
  });
  counters.push(made);
  return { made, warnings };
}

test('the sum follows edits and commits, and a file as in the latest commit does not count', async () => {
  const { root, git } = repository();
  const { made } = counter();
  const paths = ['a', 'b', 'c'].map((name) => join(root, name));
  writeFileSync(join(root, 'a'), 'one\nand\nmore\n');
  const becomes = (wanted: unknown): Promise<unknown> =>
    waitFor(() => JSON.stringify(made.sum(paths)) === JSON.stringify(wanted), { describe: JSON.stringify(wanted) });
  await becomes({ files: 1, added: 2, removed: 1 });
  rmSync(join(root, 'b'));
  await becomes({ files: 2, added: 2, removed: 3 });
  git('add', '--all');
  git('commit', '--quiet', '--message', 'second');
  await becomes(undefined);
});

test('files through a link, in no repository, without lines', async () => {
  const { root } = repository();
  mkdirSync(join(root, 'real'));
  symlinkSync(join(root, 'real'), join(root, 'link'));
  const outside = join(tempDir(), 'x');
  writeFileSync(outside, 'x\n');
  writeFileSync(join(root, 'link', 'new'), '1\n2\n');
  writeFileSync(join(root, 'picture'), '\0');
  const { made } = counter();
  const paths = [join(root, 'link', 'new'), join(root, 'picture'), outside];
  const counted = await made.count(paths);
  expect([...counted.values()]).toEqual([
    { added: 2, removed: 0, presence: 'new' },
    { added: 0, removed: 0, presence: 'new', binary: true },
    'noGit',
  ]);
  expect(made.sum(paths)).toEqual({ files: 3, added: 2, removed: 0, binary: 1, noGit: 1 });
});

test('without git, and in a folder that it does not trust, that is said and nothing else happens', async () => {
  const { root } = repository();
  const { made, warnings } = counter({ gitProgram: '/there/is/no/git' });
  expect([...(await made.count([join(root, 'a')])).values()]).toEqual(['failed']);
  expect(made.sum([join(root, 'a')])).toEqual({ files: 1, failed: 1 });
  expect(warnings[0]).toContain('ENOENT');
});

test('a git of the repository’s own is not run', async () => {
  const { root } = repository();
  writeFileSync(join(root, 'git'), `#!/bin/sh\ntouch '${root}/ran'\n`, { mode: 0o755 });
  const { made } = counter({ folders: [root] });
  const path = process.env['PATH'];
  process.env['PATH'] = `.:${root}:${path}`;
  try {
    expect([...(await made.count([join(root, 'git')])).values()]).toEqual([{ added: 2, removed: 0, presence: 'new' }]);
  } finally {
    process.env['PATH'] = path;
  }
  expect(existsSync(join(root, 'ran'))).toBe(false);
});

test('in Restricted Mode git is not run', async () => {
  const { root } = repository();
  const { made, warnings } = counter({ trusted: false, gitProgram: '/there/is/no/git' });
  await made.count([join(root, 'a')]);
  expect(made.sum([join(root, 'a')])).toEqual({ files: 1 });
  expect(warnings).toEqual([]);
});

const edited = (...paths: [string, number][]) => ({ ...emptyTranscript(), edits: new Map(paths) });

function viewOf(id: string, prompt: string, workers: Record<string, string> = {}): ViewModel {
  const state = emptyState();
  const events = [
    { t: 'session', session: id, cwd: '/p' },
    { t: 'prompt', text: prompt },
    ...Object.entries(workers).map(([worker, task]) => ({ t: 'spawn', worker, task })),
  ];
  for (const [pos, value] of events.entries()) reduce(state, { pos, value });
  return toViewModel(state, { now: 0, silentSeconds: 100, id, live: true });
}

test('a session has the changes of all its agents, a worker its own, and one without edits none', async () => {
  const { root } = repository();
  writeFileSync(join(root, 'a'), 'one\n');
  writeFileSync(join(root, 'b'), 'one\ntwo\nthree\n');
  const transcript: TrackedTranscript = {
    main: edited([join(root, 'a'), 1]),
    agents: new Map([
      ['x', { state: edited([join(root, 'a'), 1], [join(root, 'b'), 2]) }],
      ['y', { state: edited() }],
    ]),
    revision: 1,
  };
  const changes = new Changes({
    trusted: () => true,
    editorsGit: () => undefined,
    folders: () => [],
    onChange: () => undefined,
    warn: () => undefined,
  });
  counters.push(changes);
  const view = viewOf('s', 'Fix it', { x: 'one', y: 'two' });
  const both = await waitFor(
    () => {
      const { session, workers } = changes.addTo(view, transcript);
      return session.changes?.added === undefined ? undefined : [session.changes, ...workers.map((w) => w.changes)];
    },
    { describe: 'the changes' },
  );
  expect(both).toEqual([{ files: 2, added: 1, removed: 1 }, { files: 2, added: 1, removed: 1 }, undefined]);
  expect(changes.addTo(view, { ...transcript, main: edited(), agents: new Map() })).toBe(view);
});

test('files of several agents, with who edited them when, the latest first', () => {
  const at = (hours: number, minutes: number): number => new Date(2026, 0, 1, hours, minutes).getTime();
  const files = editsOfSeveral([
    {
      view: viewOf('s', 'Fix the rounding', { x: 'Rename discount' }),
      transcript: {
        main: edited(['/p/cart.ts', at(14, 3)], ['/p/own.ts', 1]),
        agents: new Map([['x', { state: edited(['/p/cart.ts', at(14, 1)]) }]]),
        revision: 0,
      },
    },
    {
      view: viewOf('t', 'Upgrade'),
      transcript: { main: edited(['/p/pay.ts', at(9, 0)]), agents: new Map(), revision: 0 },
    },
    {
      view: viewOf('u', 'Review'),
      transcript: { main: edited(['/p/pay.ts', at(8, 5)]), agents: new Map(), revision: 0 },
    },
    { view: viewOf('v', 'Unseen'), transcript: undefined },
  ]);
  expect(files.map(({ path, label }) => [path, label])).toEqual([
    ['/p/cart.ts', 'cart.ts: Rename discount at 14:01, Fix the rounding at 14:03'],
    ['/p/pay.ts', 'pay.ts: Review at 08:05, Upgrade at 09:00'],
  ]);
});
