import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { homePaths, sessionDir } from '#core/base/paths.ts';
import { eventsOf } from '#test/lib/readSession.ts';
import { cliProgram } from '#test/lib/fermata.ts';
import { runGate } from '#test/lib/hookStage.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

// What a person's HOME may be called: an installation, a session and a command there work as anywhere.

afterAll(removeTempDirs);

type Env = Record<string, string>;

/** Runs a program to its end; never rejects. */
function run(program: string, args: string[], env: Env, cwd: string): Promise<{ code: number; out: string }> {
  return new Promise((resolve) => {
    execFile(program, args, { env: { PATH: process.env['PATH'] ?? '', ...env }, cwd }, (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), out: out + err }),
    );
  });
}

/** Installs, starts a session, locks a file and fires a call of it; `home` is the Fermata home, absolute. */
async function tryHome(home: string, env: Env, project: string): Promise<void> {
  mkdirSync(project, { recursive: true });
  expect(await run(process.execPath, [cliProgram, 'install'], env, project)).toMatchObject({ code: 0 });
  writeFileSync(homePaths(home).settings, '{"hold.seconds":0}');
  const fire = (event: string, fields: object) => {
    const payload = { session_id: 's1', hook_event_name: event, cwd: project, transcript_path: '/t', ...fields };
    const hookEnv = { PATH: process.env['PATH'], ...env, CLAUDE_CODE_SESSION_ID: 's1', CLAUDE_PROJECT_DIR: project };
    return runGate(home, [event], payload, { cwd: project, env: hookEnv });
  };
  expect(await fire('SessionStart', { source: 'startup' })).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(eventsOf(sessionDir(home, 's1'), 'session')).toHaveLength(1);
  const lock = ['acquire', 'file:a.ts', '--worker', 'W1', '--session', 's1'];
  expect(await run(join(home, 'bin', 'fermata'), lock, env, project)).toMatchObject({ code: 0 });
  const edit = { tool_name: 'Edit', tool_input: { file_path: join(project, 'a.ts') }, tool_use_id: 't' };
  expect((await fire('PreToolUse', edit)).stdout).toContain('"deny"');
  const log = join(home, 'logs', 'hook.log');
  expect(existsSync(log) ? readFileSync(log, 'utf8') : '').toBe('');
}

describe('a HOME', () => {
  test.each([
    ['with all that a shell reads, a newline and an umlaut', `it's "$HOME" \`x\`; * \\ # ~\nm\u00fc`],
    ['of 200 characters', 'x'.repeat(200)],
  ])('%s', async (_name, name) => {
    const root = tempDir();
    const userHome = join(root, name);
    mkdirSync(userHome);
    await tryHome(join(userHome, '.fermata'), { HOME: userHome }, join(root, 'project'));
  });

  test('that is relative', async () => {
    const project = tempDir();
    mkdirSync(join(project, 'home'));
    await tryHome(join(project, 'home', '.fermata'), { HOME: 'home' }, project);
  });

  test('that is not set', async () => {
    const root = tempDir();
    const home = join(root, 'fermata');
    await tryHome(home, { FERMATA_HOME: home, CLAUDE_CONFIG_DIR: join(root, 'claude') }, join(root, 'project'));
  });
});
