import {
  appendFileSync,
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { ignoresCase } from '#core/base/caseRule.ts';
import { joinedFolder } from '#core/session/folder.ts';
import { sessionDir, workerPaths } from '#core/base/paths.ts';
import { SessionWatch } from '#extension/sessions/sessionWatch.ts';
import { Stage } from '#test/lib/fermata.ts';
import { runGate } from '#test/lib/hookStage.ts';
import { makeReadOnly, mountExfat, mountTmpfs, mountWithoutEvents } from '#test/lib/mounts.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

// Homes and projects on file systems that can do less than that of this machine, beside which each case runs as well.

afterAll(removeTempDirs);

/** A stage whose home and project are below a folder. */
function stageIn(folder: string): Stage {
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = folder;
  try {
    const stage = new Stage({ 'hold.seconds': 0 });
    stage.install();
    return stage;
  } finally {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  }
}

describe.each([
  ['exFAT, which ignores capitals and has no links, modes or named pipes', mountExfat, true],
  ['the usual file system', () => ({ folder: tempDir() }), false],
])('a home and a project on %s', (_name, mount, ignores) => {
  let stage: Stage;
  beforeEach((context) => {
    const mounted = mount();
    if ('why' in mounted) return context.skip(mounted.why);
    stage = stageIn(mounted.folder);
  });

  const hook = (session: string, event: string, fields: object = {}) => {
    const payload = {
      session_id: session,
      hook_event_name: event,
      cwd: stage.project,
      transcript_path: '/t',
      ...fields,
    };
    const env = { ...stage.env(), FERMATA_SESSION_DIR: '', CLAUDE_CODE_SESSION_ID: session };
    return runGate(stage.home, [event], payload, {
      cwd: stage.project,
      env: { ...env, CLAUDE_PROJECT_DIR: stage.project },
    });
  };
  const edit = (session: string, file: string) =>
    hook(session, 'PreToolUse', {
      tool_name: 'Edit',
      tool_input: { file_path: join(stage.project, file) },
      tool_use_id: 't',
    });

  test('sessions join, and a lock holds for both, under each name of its file', async () => {
    for (const session of ['a', 'b']) await hook(session, 'SessionStart', { source: 'startup' });
    const joined = await stage.cli('', 'join', 'a', '--session', 'b', '--as', 'docs');
    expect(joined).toMatchObject({ code: 0 });
    expect(joinedFolder(sessionDir(stage.home, 'b'))).toBe(sessionDir(stage.home, 'a'));
    expect((await edit('b', 'new.ts')).stdout).toBe('');
    expect(await stage.cli('W1', 'acquire', 'file:new.ts', '--session', 'a')).toMatchObject({ code: 0 });
    for (const session of ['a', 'b']) {
      expect((await edit(session, 'new.ts')).stdout).toContain('"deny"');
      expect((await edit(session, 'New.ts')).stdout.includes('"deny"')).toBe(ignores);
      expect((await edit(session, 'NEW/a.ts')).stdout).toBe('');
    }
    writeFileSync(join(stage.project, 'new.ts'), '');
    expect(ignoresCase(stage.project)).toBe(ignores);
    expect((await edit('b', 'NEW.ts')).stdout.includes('"deny"')).toBe(ignores);
    expect(await hook('b', 'SessionEnd', { reason: 'other' })).toMatchObject({ code: 0, stderr: '' });
    expect(joinedFolder(sessionDir(stage.home, 'b'))).toBeUndefined();
  });

  test('a worker starts, its output is kept, and its end is known', async () => {
    const { code, out } = await stage.cli('user', 'spawn', '--', 'echo', 'hello from there');
    expect(code).toBe(0);
    const worker = /W\d+/.exec(out)?.[0] ?? '';
    await waitFor(() => stage.state().workers.get(worker)?.state === 'done', { describe: 'the worker to be done' });
    expect(readFileSync(workerPaths(stage.dir, worker).stdout, 'utf8')).toBe('hello from there\n');
  });
});

describe('the doctor names once what a home cannot do, and no session breaks', () => {
  const CASES: [name: string, options: string, spoil: (folder: string) => void, lines: string[]][] = [
    ['mounted noexec', 'noexec,size=32m', () => {}, ['noexec']],
    ['that can only be read', 'size=32m', makeReadOnly, ['home']],
    ['on a full disk', 'size=32m', fill, ['home']],
    ['as usual', 'size=32m', () => {}, []],
  ];

  test.for(CASES)('a home %s', async ([name, options, spoil, ids], context) => {
    const mounted = mountTmpfs(options);
    if ('why' in mounted) return context.skip(mounted.why);
    const stage = stageIn(mounted.folder);
    const settings = { CLAUDE_CONFIG_DIR: tempDir() };
    expect(await stage.cli({ ...settings, FERMATA_SESSION_DIR: '' }, 'install')).toMatchObject({ code: 0 });
    stage.publish({ t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, stderr: 'not yet' });
    spoil(mounted.folder);
    const { out } = await stage.cli({ ...settings, FERMATA_SESSION_DIR: '' }, 'doctor', '--json');
    const { findings } = JSON.parse(out) as { findings: { id: string; level: string }[] };
    const about = findings.filter(({ level, id }) => level === 'error' && id !== 'claude').map(({ id }) => id);
    expect(about, out).toEqual(ids);
    if (name.includes('noexec')) return;
    const payload = { session_id: stage.session, hook_event_name: 'PreToolUse', cwd: stage.project, tool_name: 'Read' };
    const env = { ...stage.env(), CLAUDE_CODE_SESSION_ID: stage.session };
    const { code, stdout } = await runGate(
      stage.home,
      ['PreToolUse'],
      { ...payload, tool_input: {} },
      { cwd: '/', env },
    );
    expect({ code, denies: stdout.includes('"deny"') }).toEqual({ code: 0, denies: true });
  });
});

/** Leaves no room on a small file system. */
function fill(folder: string): void {
  const chunk = Buffer.alloc(1 << 16);
  const fd = openSync(join(folder, 'ballast'), 'w');
  try {
    for (;;) writeSync(fd, chunk);
  } catch {
    // it is full
  } finally {
    closeSync(fd);
  }
}

/** Several times the interval at which a watch or a poll reports what it has seen. */
const QUIET_MS = 1000;

/** Whether a window is notified of a line that somebody else writes, on the other side of the mount. */
async function isSeen(polling: 'auto' | 'never', shown: string, folder: string): Promise<boolean> {
  let hints = 0;
  let latestMs = 0;
  const watch = new SessionWatch({
    root: join(folder, 'sessions'),
    polling: () => polling,
    onHint: () => {
      hints++;
      latestMs = performance.now();
    },
    onError: (error) => {
      throw error;
    },
  });
  try {
    watch.reconfigure();
    watch.follow('s1', statSync(join(folder, 'sessions', 's1')));
    // until it is ready it misses changes, and more than one hint may follow of that
    await waitFor(() => hints > 0 && performance.now() - latestMs > QUIET_MS, { describe: 'the watch to be ready' });
    hints = 0;
    appendFileSync(join(shown, 'sessions', 's1', 'events.jsonl'), '{}\n');
    const seen = waitFor(() => hints > 0, { describe: 'a hint', timeoutMs: 3000 });
    return await seen.then(
      () => true,
      () => false,
    );
  } finally {
    watch.dispose();
  }
}

test('where no events arrive a window polls by itself', async (context) => {
  const shown = tempDir();
  mkdirSync(join(shown, 'sessions', 's1'), { recursive: true });
  writeFileSync(join(shown, 'sessions', 's1', 'events.jsonl'), '');
  const mounted = mountWithoutEvents(shown);
  if ('why' in mounted) return context.skip(mounted.why);
  expect(await isSeen('never', shown, mounted.folder)).toBe(false);
  expect(await isSeen('auto', shown, mounted.folder)).toBe(true);
  // the control: the folder itself
  expect(await isSeen('never', shown, shown)).toBe(true);
});
