import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { homePaths, sessionDir } from '#core/base/paths.ts';
import { SessionLog } from '#core/session/sessionLog.ts';
import { cleanEnv } from '#test/lib/cleanEnv.ts';
import { cliProgram, type CommandResult } from '#test/lib/fermata.ts';
import { runGate } from '#test/lib/hookStage.ts';
import { repoRoot } from '#test/lib/runtimes.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

// Homes that earlier versions have left: a session that was held, its workers, locks and votes, and an installation.

afterAll(removeTempDirs);

const FOLDER = join(repoRoot, 'test/fixtures/homes');
const SESSION = '7d9f0c2e-1111-4222-8333-944445555666';
const PROJECT = '/tmp/fermata-recorded/project';

/** A recorded home as it would be on this machine, with the settings of Claude Code beside it. */
class RecordedHome {
  readonly user = tempDir();
  readonly home = join(this.user, '.fermata');
  readonly settings = join(this.user, '.claude', 'settings.json');
  readonly dir = sessionDir(this.home, SESSION);
  readonly env = cleanEnv(this.user, { FERMATA_HOME: this.home });

  constructor(version: string) {
    const recorded = join(FOLDER, version);
    cpSync(join(recorded, 'home'), this.home, { recursive: true });
    mkdirSync(join(this.user, '.claude'));
    const here = (path: string): string => readFileSync(path, 'utf8').replaceAll('@HOME@', this.user);
    const text = here(join(recorded, 'settings.json'));
    writeFileSync(this.settings, text);
    // the record of an installation is found by the path of the settings, and names their text by its checksum
    const installs = join(this.home, 'installs');
    for (const name of readdirSync(installs)) {
      const record = { ...(JSON.parse(here(join(installs, name))) as object), written: sha256(text) };
      writeFileSync(join(installs, name), JSON.stringify(record));
      renameSync(join(installs, name), join(installs, `${sha256(this.settings).slice(0, 12)}.json`));
    }
  }

  /** Runs a verb of the present version. */
  cli(...args: string[]): CommandResult {
    try {
      const out = execFileSync(process.execPath, [cliProgram, ...args], { env: this.env, cwd: this.user });
      return { code: 0, out: out.toString(), err: '' };
    } catch (error) {
      const { status, stdout, stderr } = error as { status: number; stdout: Buffer; stderr: Buffer };
      return { code: status, out: stdout.toString(), err: stderr.toString() };
    }
  }

  /** A call of a tool, as the hooks of the present version answer it. */
  async call(tool: string, input: object): Promise<string> {
    const payload = {
      session_id: SESSION,
      hook_event_name: 'PreToolUse',
      cwd: PROJECT,
      transcript_path: '/t.jsonl',
      tool_name: tool,
      tool_input: input,
      tool_use_id: 't',
    };
    const env = { ...this.env, CLAUDE_CODE_SESSION_ID: SESSION, CLAUDE_PROJECT_DIR: PROJECT };
    const { code, stdout, stderr } = await runGate(this.home, ['PreToolUse'], payload, { cwd: this.user, env });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return stdout;
  }
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

describe.each(readdirSync(FOLDER))('a home of %s', (version) => {
  test('its session is what it was, and a snapshot of that version does no harm', () => {
    const { dir } = new RecordedHome(version);
    const [quick, whole] = [new SessionLog(dir), new SessionLog(dir, false)];
    for (const log of [quick, whole]) log.refresh();
    expect(quick.state).toEqual(whole.state);
    const { state } = whole;
    expect(state.damaged).toEqual(new Map());
    expect(Array.from(state.workers.values(), ({ id, state: how, task }) => [id, how, task])).toEqual([
      ['W1', 'done', 'Fix the rounding'],
      ['W2', 'failed', 'Write the docs'],
      ['W7', 'running', undefined],
      ['W8', 'running', undefined],
      ['W9', 'planned', 'Publish'],
    ]);
    expect(Array.from(state.locks, ([name, { holders }]) => [name, holders[0]?.worker])).toEqual([
      ['db', 'W7'],
      ['file:src/app.ts', 'W8'],
    ]);
    const standing = [...state.blocks.values()].filter(({ ended }) => ended === undefined);
    expect(standing.map(({ id, worker }) => [id, worker])).toEqual([
      ['B1', 'W7'],
      ['B2', 'W8'],
      ['B3', 'W8'],
    ]);
    expect([...state.ballots.keys()]).toEqual(['ship']);
    expect([...state.checkpoints.keys()]).toEqual(['half']);
  });

  test('what it held is held by the present hooks, and a person’s release counts', async () => {
    const recorded = new RecordedHome(version);
    expect(recorded.cli('install')).toMatchObject({ code: 0 });
    writeFileSync(homePaths(recorded.home).settings, '{"hold.seconds":0}');
    expect(await recorded.call('Bash', { command: 'ls' })).toContain('Wait for the review');
    expect(await recorded.call('Edit', { file_path: join(PROJECT, 'src/app.ts') })).toContain('src/app.ts');
    expect(recorded.cli('release-block', 'B1', '--session', SESSION)).toMatchObject({ code: 0 });
    expect(await recorded.call('Bash', { command: 'ls' })).not.toContain('"deny"');
    expect(await recorded.call('Bash', { command: 'git merge topic' })).toContain('No merge before the tests');
  });

  test('the command line shows it, and its reports are made', () => {
    const recorded = new RecordedHome(version);
    const status = recorded.cli('status', '--session', SESSION);
    expect(status).toMatchObject({ code: 0 });
    for (const text of ['Wait for the review', 'Publish', 'ship']) expect(status.out).toContain(text);
    const page = join(recorded.user, 'report.html');
    expect(recorded.cli('export', '--session', SESSION, '--out', page)).toMatchObject({ code: 0 });
    expect(readFileSync(page, 'utf8')).toContain('Fix the rounding');
  });

  test('uninstalling leaves the settings of Claude Code as they were before that version, to the byte', () => {
    const recorded = new RecordedHome(version);
    expect(recorded.cli('uninstall')).toMatchObject({ code: 0 });
    const before = readFileSync(join(FOLDER, version, 'settings.before.json'), 'utf8');
    expect(readFileSync(recorded.settings, 'utf8')).toBe(before);
  });

  test('an update and uninstalling it do, too', () => {
    const recorded = new RecordedHome(version);
    expect(recorded.cli('install')).toMatchObject({ code: 0 });
    expect(recorded.cli('uninstall')).toMatchObject({ code: 0 });
    const before = readFileSync(join(FOLDER, version, 'settings.before.json'), 'utf8');
    expect(readFileSync(recorded.settings, 'utf8')).toBe(before);
  });
});
