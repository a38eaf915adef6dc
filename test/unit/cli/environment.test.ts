import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import type { ProcessEntry } from '#core/base/ancestry.ts';
import { hostIdentity } from '#core/base/machine.ts';
import { sessionDir } from '#core/base/paths.ts';
import { startTimeOf } from '#core/base/processes.ts';
import { createLog } from '#core/log/append.ts';
import { isHomeSession, joinFolder } from '#core/session/folder.ts';
import { writeSessionInfo } from '#core/session/info.ts';
import { claudeFromEnv, sessionFromEnv, workerFromEnv } from '#cli/environment.ts';
import type { Io } from '#cli/verb.ts';
import { Stage } from '#test/lib/fermata.ts';
import { fermata } from '#test/lib/inProcess.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});

const startTime = startTimeOf(process.pid);
const self: ProcessEntry = { pid: process.pid, startTime, command: 'claude' };
const host = hostIdentity();
const gone = { pid: 2 ** 22 - 3, startTime: '1' };

/** A call with those variables, below those processes. */
const io = (env: Record<string, string>, below: readonly ProcessEntry[] = []): Io => ({
  stdout: () => undefined,
  stderr: () => undefined,
  stdin: Readable.from([]),
  env: stage.env(env),
  cwd: stage.project,
  now: Date.now,
  ancestry: () => below,
});

/** Records the Claude of the stage's session. */
const recordClaude = (claude: object): void =>
  writeSessionInfo(stage.dir, { session: stage.session, project: stage.project, started: 0, host, ...claude });

describe('a folder that a variable names', () => {
  test('counts as one of the sessions of the home, under a further name as well', () => {
    expect(sessionFromEnv(io({}))).toEqual({ dir: stage.dir });
    const further = sessionDir(stage.home, 'further');
    joinFolder(further, stage.dir);
    symlinkSync(stage.session, sessionDir(stage.home, 'link'));
    for (const name of [further, sessionDir(stage.home, 'link')])
      expect(sessionFromEnv(io({ FERMATA_SESSION_DIR: name })), name).toEqual({ dir: stage.dir });
  });

  test('counts nowhere else, with its worker: outside, in another folder of the home, through a link, and in a session', async () => {
    const beside = join(stage.root, 'sessions', stage.session);
    const folders = [beside, join(stage.home, 'other', 's1'), join(stage.dir, 'inner')];
    for (const dir of folders) createLog(dir, Date.now());
    symlinkSync(beside, sessionDir(stage.home, 'linked'));
    for (const dir of [...folders, sessionDir(stage.home, 'linked'), join(stage.home, 'sessions')]) {
      expect(isHomeSession(stage.home, dir), dir).toBe(false);
      const call = io({ FERMATA_SESSION_DIR: dir, FERMATA_WORKER: 'W1' });
      expect(sessionFromEnv(call), dir).toEqual({ ignored: expect.stringContaining('it is no session of') });
      expect(workerFromEnv(call), dir).toBeUndefined();
    }
    const { err } = await fermata(stage, { FERMATA_SESSION_DIR: beside }, 'status');
    expect(err).toContain('note: FERMATA_SESSION_DIR is not used, because it is no session of');
  });

  test('counts no more once its session has ended, but for its own processes and its workers at work', () => {
    recordClaude({ pid: process.pid, startTime });
    stage.publish({ t: 'spawn', worker: 'W1', pid: 1 }, { t: 'end' });
    expect(sessionFromEnv(io({}))).toEqual({ ignored: expect.stringContaining('this session has ended') });
    expect(sessionFromEnv(io({}, [self]))).toEqual({ dir: stage.dir });
    expect(workerFromEnv(io({ FERMATA_WORKER: 'W1' }))).toBe('W1');
    expect(workerFromEnv(io({ FERMATA_WORKER: 'W2' }))).toBeUndefined();
    stage.publish({ t: 'exit', worker: 'W1', code: 0 });
    expect(workerFromEnv(io({ FERMATA_WORKER: 'W1' }))).toBeUndefined();
  });
});

describe('the id of a Claude Code session', () => {
  const inClaude = (id: string, below: readonly ProcessEntry[] = []): string | undefined =>
    claudeFromEnv(io({ CLAUDECODE: '1', CLAUDE_CODE_SESSION_ID: id }, below));

  test('counts while that session lives, or is not known', () => {
    recordClaude({ pid: process.pid, startTime });
    expect(inClaude(stage.session)).toBe(stage.session);
    expect(inClaude('unknown')).toBe('unknown');
    expect(inClaude('')).toBe('');
    expect(claudeFromEnv(io({}))).toBeUndefined();
  });

  test('counts no more once it has ended and its Claude is gone', () => {
    recordClaude(gone);
    stage.publish({ t: 'end' });
    expect(inClaude(stage.session)).toBeUndefined();
    // a Claude that goes on under another id
    recordClaude({ pid: process.pid, startTime });
    expect(inClaude(stage.session)).toBe(stage.session);
  });

  test('of a folder that is elsewhere says nothing of an end', () => {
    mkdirSync(join(stage.root, 'elsewhere'));
    createLog(join(stage.root, 'elsewhere', 'moved'), Date.now());
    symlinkSync(join(stage.root, 'elsewhere', 'moved'), sessionDir(stage.home, 'moved'));
    expect(inClaude('moved')).toBe('moved');
  });
});
