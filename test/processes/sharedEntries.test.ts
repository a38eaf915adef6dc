import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { sessionDir } from '#core/base/paths.ts';
import { sharedEntries } from '#core/install/entries.ts';
import { uninstall } from '#core/install/installer.ts';
import { cleanEnv } from '#test/lib/cleanEnv.ts';
import { cliProgram } from '#test/lib/fermata.ts';
import { eventsOf } from '#test/lib/readSession.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

interface Entry {
  command: string;
  args?: string[];
}

let root: string;
let project: string;
let settings: string;

beforeEach(() => {
  root = tempDir();
  project = join(root, 'project');
  settings = join(project, '.claude', 'settings.json');
  mkdirSync(project);
});

/** Somebody's home, which may have any name. */
function homeOf(name: string): string {
  const home = join(root, name);
  mkdirSync(home, { recursive: true });
  return home;
}

function fermata(home: string, ...args: string[]): { code: number | null; out: string } {
  const options = { env: cleanEnv(home), cwd: project, encoding: 'utf8' } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [cliProgram, ...args], options);
  return { code: status, out: stdout + stderr };
}

const shareHooks = (home: string) => fermata(home, 'install', '--scope', 'project');

/** The entries of a settings file, by event. */
const entriesOf = (file: string): Record<string, Entry[]> =>
  Object.fromEntries(
    Object.entries(
      (JSON.parse(readFileSync(file, 'utf8')) as { hooks: Record<string, { hooks: Entry[] }[]> }).hooks,
    ).map(([event, groups]) => [event, groups.flatMap(({ hooks }) => hooks)]),
  );

/** Runs an entry as Claude Code does: without `args` by a shell. Of `via` it is a child, as of another Claude process. */
function run({ command, args }: Entry, home: string, event: string, more: object = {}, via: string[] = []) {
  const payload = { session_id: 's1', hook_event_name: event, cwd: project, source: 'startup', prompt: 'hi', ...more };
  const env = { ...cleanEnv(home), CLAUDE_PROJECT_DIR: project, CLAUDE_CODE_SESSION_ID: 's1' };
  const words = args === undefined ? ['/bin/sh', '-c', command] : [command, ...args];
  const [program = '', ...rest] = [...via, ...words];
  const { status, stdout, stderr } = spawnSync(program, rest, {
    env,
    cwd: project,
    input: JSON.stringify(payload),
    encoding: 'utf8',
    timeout: 120_000,
  });
  return { status, stdout, stderr };
}

const logOf = (home: string) => eventsOf(sessionDir(join(home, '.fermata'), 's1')).map(({ t }) => t);

test('a shared file names no path of a machine, and a second installation by another person changes nothing', () => {
  const [alice, bob] = [homeOf('alice'), homeOf("Bob's home")];
  expect(shareHooks(alice).code).toBe(0);
  const text = readFileSync(settings, 'utf8');
  expect(text).not.toContain(root);
  expect(text).not.toContain(process.execPath);
  expect(shareHooks(bob).out).toContain('nothing was changed');
  expect(readFileSync(settings, 'utf8')).toBe(text);
  expect(fermata(bob, 'uninstall', '--scope', 'project').code).toBe(0);
  expect(existsSync(settings) ? readFileSync(settings, 'utf8') : '').not.toContain('gate.sh');
});

test.each(['bob', "Bob's (new) $HOME & more"])('it works for a colleague with Fermata, whose home is %j', (name) => {
  const bob = homeOf(name);
  const alice = homeOf('alice');
  shareHooks(alice);
  rmSync(alice, { recursive: true });
  fermata(bob, 'install', '--scope', 'local', '--no-permissions');
  rmSync(join(project, '.claude', 'settings.local.json'));
  const entries = entriesOf(settings);
  expect(Object.keys(entries).toSorted()).toEqual(Object.keys(sharedEntries()).toSorted());
  for (const event of ['SessionStart', 'UserPromptSubmit', 'PreToolUse', 'SessionEnd'])
    expect(run(entries[event]![0]!, bob, event), event).toEqual({ status: 0, stdout: '', stderr: '' });
  expect(logOf(bob)).toEqual(expect.arrayContaining(['session', 'prompt', 'end']));
});

test('it does nothing, and shows nothing, for a colleague without Fermata or with a broken one', () => {
  shareHooks(homeOf('alice'));
  const carol = homeOf('carol');
  const gate = join(carol, '.fermata', 'hooks', 'gate.sh');
  const quiet = { status: 0, stdout: '', stderr: '' };
  const all = Object.entries(entriesOf(settings)).flatMap(([event, list]) => list.map((entry) => ({ event, entry })));
  for (const { event, entry } of all) expect(run(entry, carol, event), event).toEqual(quiet);
  // a payload that is larger than a pipe holds meets no closed one
  const { entry } = all.find(({ event }) => event === 'PreToolUse')!;
  expect(run(entry, carol, 'PreToolUse', { tool_input: { content: 'x'.repeat(1 << 20) } })).toEqual(quiet);
  // a program of the project is not taken for one of the system
  writeFileSync(join(project, 'cat'), `#!/bin/sh\ntouch '${root}/ran'\n`, { mode: 0o755 });
  const viaDot = ['/usr/bin/env', `PATH=.:${process.env['PATH']}`];
  expect(run(entry, carol, 'PreToolUse', {}, viaDot)).toEqual(quiet);
  expect(existsSync(join(root, 'ran'))).toBe(false);
  mkdirSync(gate, { recursive: true });
  expect(run(entry, carol, 'PreToolUse')).toEqual(quiet);
  rmSync(gate, { recursive: true });
  writeFileSync(gate, 'exit 2\n');
  chmodSync(gate, 0o644);
  expect(run(entry, carol, 'PreToolUse')).toEqual(quiet);
});

test('who has own entries, too, has each event recorded once', () => {
  const bob = homeOf('bob');
  fermata(bob, 'install');
  shareHooks(bob);
  const own = entriesOf(join(bob, '.claude', 'settings.json'));
  const shared = entriesOf(settings);
  const both = (event: string, more: object = {}) => {
    for (const entries of [own, shared]) expect(run(entries[event]![0]!, bob, event, more).status).toBe(0);
  };
  both('SessionStart');
  both('UserPromptSubmit');
  both('Stop');
  const count = (t: string): number => logOf(bob).filter((each) => each === t).length;
  expect([count('session'), count('prompt'), count('turn')]).toEqual([1, 1, 2]);
  // in another process, which reads no settings of the person, the shared ones answer
  const another = ['/bin/sh', '-c', '"$@"; exit $?', 'sh'];
  run(shared['UserPromptSubmit']![0]!, bob, 'UserPromptSubmit', {}, another);
  expect(count('prompt')).toBe(2);
  // and in this one, too, once the own ones are gone
  // (not by the command: this process is the session's Claude, which may not)
  expect(uninstall({ home: join(bob, '.fermata'), userHome: bob, scope: 'user' }).ok).toBe(true);
  run(shared['UserPromptSubmit']![0]!, bob, 'UserPromptSubmit');
  expect(count('prompt')).toBe(3);
});

test('Diagnose finds nothing wrong with it; entries that an earlier version wrote are found, and replaced', () => {
  const bob = homeOf('bob');
  fermata(bob, 'install', '--scope', 'project');
  expect(fermata(bob, 'doctor')).toMatchObject({ code: 0 });
  const portable = entriesOf(settings);
  // what an earlier version wrote for Alice
  const before =
    '{\n  "hooks": {\n    "Stop": [\n      { "hooks": [{ "type": "command", "command": "/home/alice/.fermata/hooks/gate.sh", "args": ["Stop", "86400"], "timeout": 86400 }] }\n    ]\n  }\n}\n';
  writeFileSync(settings, before);
  const { code, out } = fermata(bob, 'doctor');
  expect(code).not.toBe(0);
  expect(out).toContain('/home/alice/.fermata');
  expect(out).toContain('--scope project');
  fermata(bob, 'install', '--scope', 'project');
  expect(readFileSync(settings, 'utf8')).not.toContain('alice');
  expect(entriesOf(settings)).toEqual(portable);
  expect(fermata(bob, 'doctor')).toMatchObject({ code: 0 });
});
