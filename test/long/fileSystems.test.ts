import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { ignoresCase } from '#core/base/caseRule.ts';
import { joinedFolder } from '#core/session/folder.ts';
import { sessionDir, workerPaths } from '#core/base/paths.ts';
import { Stage } from '#test/lib/fermata.ts';
import { runGate } from '#test/lib/hookStage.ts';
import { mountExfat } from '#test/lib/mounts.ts';
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
