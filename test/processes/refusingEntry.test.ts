import { spawnSync } from 'node:child_process';
import { chmodSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { hookEntries } from '#core/install/entries.ts';
import { homePaths } from '#core/base/paths.ts';
import { publish } from '#core/session/publish.ts';
import { HookStage } from '#test/lib/hookStage.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

const CALL = { tool_name: 'Bash', tool_input: { command: 'git push' }, tool_use_id: 't1' };
const BLOCK = { t: 'hook' as const, worker: 'W1', event: 'PreToolUse', exit: 2, stderr: 'not now' };

/** A session whose entry before a call is the one of an installation with failClosed. */
async function open(folder = '') {
  const stage = new HookStage({ 'hold.seconds': 0 }, folder);
  await stage.start();
  writeFileSync(homePaths(stage.home).failClosed, '');
  const [entry] = hookEntries({ home: stage.home, failClosed: true })['PreToolUse'] ?? [];
  if (entry === undefined) throw new Error('no entry');
  /** Runs the entry as Claude Code does. */
  const run = (more: object = {}, cwd = stage.project) => {
    const input = JSON.stringify(stage.payload('PreToolUse', { ...CALL, ...more }));
    const options = { input, cwd, env: stage.env, encoding: 'utf8' } as const;
    const { status: code, stdout, stderr, signal, error } = spawnSync(entry.command, entry.args ?? [], options);
    return { code, stdout, stderr, signal, error };
  };
  return { stage, run, gate: stage.gate, flag: homePaths(stage.home).failClosed };
}

describe.each(['plain', "it's (new) $HOME & `more`"])('the entry that refuses, in a home below %j', (folder) => {
  test('answers as the gate does', async () => {
    const { stage, run } = await open(folder);
    expect(run()).toMatchObject({ code: 0, stdout: '', stderr: '' });
    publish(stage.dir, Date.now(), BLOCK);
    expect(run().stdout).toContain('"permissionDecision":"deny"');
  });

  test('refuses where the gate is missing or may not be run, and names the way out', async () => {
    const { run, gate, stage } = await open(folder);
    chmodSync(gate, 0o644);
    expect(run()).toMatchObject({ code: 2, stdout: '', stderr: `There is no ${gate}\n` });
    rmSync(dirname(gate), { recursive: true });
    expect(run()).toMatchObject({ code: 2, stdout: '' });
    const [{ args } = { args: [] }] = hookEntries({ home: stage.home, failClosed: true })['PreToolUse'] ?? [];
    expect(args?.[1]).toMatch(/^: "Fermata could not look at this call: run fermata doctor, or delete fail-closed /);
  });

  test('is no success where the gate is killed or broken', async () => {
    const { run, gate } = await open(folder);
    writeFileSync(gate, '#!/bin/sh\nkill -9 $$\n');
    expect(run()).toMatchObject({ code: null, signal: 'SIGKILL' });
    writeFileSync(gate, '#!/no/such/shell\n');
    expect(run().code).toBeGreaterThan(2);
  });

  test('lets everything pass once the home is gone, however large the payload is', async () => {
    const { run, stage } = await open(folder);
    rmSync(stage.home, { recursive: true });
    expect(run({ tool_input: { command: 'x'.repeat(4_000_000) } })).toMatchObject({ code: 0, stdout: '' });
    // a link to a disk that is not there
    symlinkSync(join(stage.root, 'unmounted'), stage.home);
    expect(run()).toMatchObject({ code: 0, stdout: '' });
  });

  test('lets failures pass once its file is deleted, as the refusal says; what a block refuses stays refused', async () => {
    const { run, stage, gate, flag } = await open(folder);
    rmSync(flag);
    publish(stage.dir, Date.now(), BLOCK);
    expect(run().stdout).toContain('"permissionDecision":"deny"');
    stage.settings({ 'hold.seconds': 0, answer: 'exitCode' });
    expect(run()).toMatchObject({ code: 2 });
    renameSync(gate, `${gate}.away`);
    expect(run({ tool_input: { command: 'x'.repeat(4_000_000) } })).toMatchObject({ code: 0, stdout: '' });
    writeFileSync(gate, '#!/bin/sh\nexit 7\n', { mode: 0o755 });
    expect(run()).toMatchObject({ code: 0, stdout: '' });
  });
});

describe('what a skill runs in a shell', () => {
  const skill = { ...CALL, hook_event_name: 'PreSkillShellCommand', command_name: 'ship', invoked_by: 'user' };

  test('is judged as a call, also with failClosed, and takes no information along', async () => {
    const { stage, run } = await open();
    publish(
      stage.dir,
      Date.now(),
      { ...BLOCK, match: { tool: 'Bash', command: 'git push*' } },
      { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 0, message: 'news' },
    );
    expect(JSON.parse(run(skill).stdout)).toMatchObject({
      hookSpecificOutput: { permissionDecision: 'deny', permissionDecisionReason: expect.stringContaining('not now') },
    });
    expect(run({ ...skill, tool_input: { command: 'git status' } })).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(stage.errorLog).toBe('');
    // the next call has it
    expect(run({ tool_input: { command: 'git status' } }).stdout).toContain('news');
  });

  test('with another event in its place it is refused', async () => {
    const { stage, run } = await open();
    publish(stage.dir, Date.now(), BLOCK);
    expect(run({ hook_event_name: 'PostToolUse' })).toMatchObject({ code: 2 });
  });
});
