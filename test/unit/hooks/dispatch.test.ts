import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { homePaths, sessionDir, sessionPaths } from '#core/base/paths.ts';
import { createLog, type NewEvent } from '#core/log/append.ts';
import { publish } from '#core/session/publish.ts';
import { openLog } from '#core/session/sessionLog.ts';
import { saveSnapshot } from '#core/session/snapshot.ts';
import { dispatch } from '#hooks/dispatch.ts';
import type { Reply } from '#hooks/reply.ts';
import type { HookPayload } from '#protocol/payload.ts';
import type { Note } from '#protocol/state.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { T0 } from '#test/unit/core/fold/world.ts';

afterAll(removeTempDirs);

let home: string;
let dir: string;

beforeEach(() => {
  home = join(tempDir(), '.fermata');
  mkdirSync(home);
  writeFileSync(homePaths(home).settings, JSON.stringify({ 'hold.seconds': 0 }));
  dir = sessionDir(home, 's1');
  createLog(dir, T0);
  publish(dir, T0, { t: 'session', session: 's1', cwd: home });
});

/** Keeps a snapshot at the end of the log, whole and with the right checksum, in which information has no fields. */
function poisonSnapshot(): void {
  const log = openLog(dir);
  log.state.notes.set(1, null as unknown as Note);
  saveSnapshot(log, 0);
}

/** What a hook prints. */
async function answers(event: HookPayload['hook_event_name'], fields: Partial<HookPayload> = {}): Promise<Reply[]> {
  const printed: Reply[] = [];
  const payload: HookPayload = { session_id: 's1', hook_event_name: event, cwd: home, ...fields };
  await dispatch(payload, { home, env: {}, now: () => T0, timeoutSeconds: 60 }, (reply) => printed.push(reply) > 0);
  return printed;
}

const call = { tool_name: 'Bash', tool_input: { command: 'git push' } };
const block: NewEvent = { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, message: 'not now' };
const errors = (): string => {
  const { logs } = homePaths(home);
  return existsSync(logs) ? readFileSync(join(logs, 'hook.log'), 'utf8') : '';
};
const typesInLog = (): string[] =>
  readFileSync(sessionPaths(dir).log, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as NewEvent).t);

test('a hook that throws with a snapshot answers by the log alone, and reports it', async () => {
  publish(dir, T0, block);
  poisonSnapshot();
  const replies = await answers('PreToolUse', call);
  expect(replies).toHaveLength(1);
  expect(JSON.stringify(replies[0])).toContain('not now');
  expect(errors()).toContain('read again without its snapshot');
});

test('so does one at another event that has published nothing yet, and it publishes once', async () => {
  poisonSnapshot();
  expect(await answers('UserPromptSubmit', { prompt: 'hello' })).toHaveLength(1);
  expect(typesInLog().filter((t) => t === 'prompt')).toHaveLength(1);
  expect(errors()).toContain('read again without its snapshot');
});

test('a hook that throws without a snapshot, too, fails: the caller decides what that means', async () => {
  publish(dir, T0, block);
  const broken = (): number => {
    throw new RangeError('no clock');
  };
  const payload: HookPayload = { session_id: 's1', hook_event_name: 'PreToolUse', cwd: home, ...call };
  const environment = { home, env: {}, now: broken, timeoutSeconds: 60 };
  await expect(dispatch(payload, environment, () => true)).rejects.toThrow('no clock');
});

test('with a good snapshot nothing is read again', async () => {
  publish(dir, T0, block);
  saveSnapshot(openLog(dir), 0);
  expect(JSON.stringify(await answers('PreToolUse', call))).toContain('not now');
  expect(errors()).toBe('');
});

/** Makes a log that is read and not written, as on a full disk: a file with a second name elsewhere. */
const makeUnwritable = (): void => linkSync(sessionPaths(dir).log, join(home, 'second-name'));

test('where the log cannot be written a block refuses all the same, and the error log has a line', async () => {
  publish(dir, T0, block);
  makeUnwritable();
  for (let i = 0; i < 2; i++) {
    const replies = await answers('PreToolUse', call);
    expect(replies).toHaveLength(1);
    expect(JSON.stringify(replies[0])).toContain('not now');
  }
  expect(typesInLog()).not.toContain('denied');
  expect(errors()).toContain('not written to the log');
  expect(errors()).not.toContain('read again without its snapshot');
});

test('where the log cannot be written the person’s flag is obeyed at each call, and stays', async () => {
  publish(dir, T0, block);
  makeUnwritable();
  const { flags } = sessionPaths(dir);
  writeFileSync(join(flags, 'release-B1'), '');
  for (let i = 0; i < 2; i++) expect(JSON.stringify(await answers('PreToolUse', call))).not.toContain('not now');
  expect(readdirSync(flags)).toEqual(['release-B1']);
});
