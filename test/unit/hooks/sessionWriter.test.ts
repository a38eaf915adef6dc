import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { HookEnvironment } from '#hooks/hookContext.ts';
import { SessionWriter } from '#hooks/sessionWriter.ts';
import { append, createLog } from '#core/log/append.ts';
import { armedEntries } from '#core/session/armed.ts';
import { sessionDir, sessionPaths } from '#core/base/paths.ts';
import { consumeFlags } from '#core/session/flags.ts';
import { publish } from '#core/session/publish.ts';
import { openLog } from '#core/session/sessionLog.ts';
import { saveSnapshot } from '#core/session/snapshot.ts';
import { eventsOf } from '#test/lib/readSession.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { T0 } from '#test/unit/core/fold/world.ts';

afterAll(removeTempDirs);

test('a line that was appended unarmed is armed although another hook still removes old entries', async () => {
  const home = join(tempDir(), 'home');
  const dir = sessionDir(home, 's1');
  createLog(dir, T0);
  const environment: HookEnvironment = { home, env: {}, now: () => T0, timeoutSeconds: 60 };
  const call = { tool: 'Read', input: {}, cwd: '/' };
  const callContext = { event: 'PreToolUse', role: 'conductor', root: '/', call } as const;
  const open = (): Promise<SessionWriter> => new SessionWriter(dir, environment).open(async () => undefined);

  publish(dir, T0, { t: 'hook', worker: 'W2', event: 'PreToolUse', exit: 0, message: 'by the way' });
  const first = await open();
  expect(first.claimNotes(first.dueNotes(callContext))).toHaveLength(1);
  first.confirmDelivery();
  const second = await open();
  // with `echo`: appended, and not armed
  append(dir, T0, { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, message: 'wait' });
  first.refresh();
  // sees the entry of the delivered information, and so no need to make one
  first.close();
  // removes that entry, and had read the log before the block was there
  second.close();
  expect(armedEntries(dir, 'PreToolUse')).not.toEqual([]);
});

test('a person’s flag counts where the log cannot be read: the blocks of its snapshot stand, but for the released one', async () => {
  const home = join(tempDir(), 'home');
  const dir = sessionDir(home, 's1');
  createLog(dir, T0);
  const block = { t: 'hook', event: 'PreToolUse', exit: 2, message: 'wait' } as const;
  publish(dir, T0, { ...block, worker: 'W1' }, { ...block, worker: 'W2' });
  const { log, flags } = sessionPaths(dir);
  saveSnapshot(openLog(dir), 0);
  renameSync(log, `${log}.away`);
  mkdirSync(log);
  const environment: HookEnvironment = { home, env: {}, now: () => T0, timeoutSeconds: 60 };
  const standing = async (): Promise<string[]> => {
    const { state } = await new SessionWriter(dir, environment).open(async () => undefined);
    return [...state.blocks.values()].filter(({ ended }) => ended === undefined).map(({ id }) => id);
  };
  expect(await standing()).toEqual(['B1', 'B2']);
  writeFileSync(join(flags, 'release-B1'), '');
  expect(await standing()).toEqual(['B2']);
  writeFileSync(join(flags, 'release-all'), '');
  expect(await standing()).toEqual([]);
});

test('a person’s flag counts that another hook has published and removed after this one has read the log', async () => {
  const home = join(tempDir(), 'home');
  const dir = sessionDir(home, 's1');
  createLog(dir, T0);
  publish(dir, T0, { t: 'hook', event: 'PreToolUse', exit: 2, message: 'wait', worker: 'W1' });
  writeFileSync(join(sessionPaths(dir).flags, 'release-B1'), '');
  const session = new SessionWriter(dir, { home, env: {}, now: () => T0, timeoutSeconds: 60 });
  const refresh = session.log.refresh.bind(session.log);
  session.log.refresh = () => {
    const hasNew = refresh();
    consumeFlags(dir, T0);
    return hasNew;
  };
  const { state } = await session.open(async () => undefined);
  expect(state.blocks.get('B1')?.ended).toMatchObject({ how: 'release' });
});

test('a file in the place of a folder that the gate looks into is set aside and reported once, and nothing is let pass by that', async () => {
  const home = join(tempDir(), 'home');
  const dir = sessionDir(home, 's1');
  createLog(dir, T0);
  publish(dir, T0, { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, message: 'wait' });
  const { armed, flags } = sessionPaths(dir);
  for (const folder of [armed, flags]) {
    rmSync(folder, { recursive: true });
    writeFileSync(folder, 'no folder');
  }
  const environment: HookEnvironment = { home, env: {}, now: () => T0, timeoutSeconds: 60 };
  const open = (): Promise<SessionWriter> => new SessionWriter(dir, environment).open(async () => undefined);
  await open();
  expect(armedEntries(dir, 'PreToolUse')).not.toEqual([]);
  const warnings = (): unknown[] => eventsOf(dir, 'log').map(({ level, message }) => [level, message]);
  const expected = [armed, flags].map((folder) => [
    'warn',
    `${folder} was no folder: what was there is beside it now, under another name`,
  ]);
  expect(warnings()).toEqual(expected);
  expect(readdirSync(dir).filter((name) => /^(?:armed|flags)./.test(name))).toHaveLength(2);
  await open();
  expect(warnings()).toEqual(expected);
});

test('where the flags alone are no folder, nothing is armed that was not', async () => {
  const home = join(tempDir(), 'home');
  const dir = sessionDir(home, 's1');
  createLog(dir, T0);
  const { flags } = sessionPaths(dir);
  rmSync(flags, { recursive: true, force: true });
  writeFileSync(flags, 'no folder');
  const before = armedEntries(dir, 'PreToolUse');
  const environment: HookEnvironment = { home, env: {}, now: () => T0, timeoutSeconds: 60 };
  await new SessionWriter(dir, environment).open(async () => undefined);
  expect(armedEntries(dir, 'PreToolUse')).toEqual(before);
});
