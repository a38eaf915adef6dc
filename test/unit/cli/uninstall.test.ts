import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { startTimeOf } from '#core/base/processes.ts';
import { hostIdentity } from '#core/base/machine.ts';
import { homePaths, sessionPaths } from '#core/base/paths.ts';
import { applyInstall, planInstall } from '#core/install/installer.ts';
import { approve } from '#core/plans/rules/approval.ts';
import type { NewEvent } from '#core/log/append.ts';
import { Stage } from '#test/lib/fermata.ts';
import { fermata } from '#test/lib/inProcess.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';

// Claude takes the hooks away only where that lifts nothing.

afterAll(removeTempDirs);

let stage: Stage;
let settings: string;
beforeEach(() => {
  stage = new Stage();
  settings = join(stage.root, '.claude', 'settings.json');
  mkdirSync(dirname(settings), { recursive: true });
  const plan = planInstall({ home: stage.home, scope: 'user', userHome: stage.root, permissions: false });
  expect(applyInstall(plan)).toMatchObject({ ok: true, changed: true });
  live({ pid: process.pid, startTime: startTimeOf(process.pid) ?? '' });
});

function live(claude: { pid: number; startTime: string }): void {
  const info = { session: stage.session, project: stage.project, started: Date.now(), host: hostIdentity(), ...claude };
  writeFileSync(sessionPaths(stage.dir).info, JSON.stringify(info));
}

const CLAUDE = { CLAUDECODE: '1', CLAUDE_CODE_SESSION_ID: 'test-session' };
const PERSON = {};
const uninstall = (as: Record<string, string>, ...args: string[]) => fermata(stage, as, 'uninstall', ...args);
const isInstalled = (): boolean => readFileSync(settings, { encoding: 'utf8', flag: 'a+' }).includes('hooks/gate.sh');

/** What stands, and how the refusal names it. */
const STANDING: [what: string, arrange: () => void, named: string][] = [
  ['a block', () => stage.publish(block()), 'the block "no pushes" stands in project'],
  [
    'a block of some time that is not over',
    () => stage.publish({ ...block(), ttlMs: 600_000 }),
    'the block "no pushes" stands in project',
  ],
  [
    'a held call',
    () => stage.publish(block(), { t: 'held', id: 'h1', block: 'B1', tool: 'Bash', call: 'toolu_1' }),
    'the block "no pushes" stands in project',
  ],
  ['an exclusive lock', () => stage.publish({ t: 'acquire', worker: 'gate', resource: 'db' }), 'db is locked'],
  [
    'a running worker',
    () => stage.publish({ t: 'spawn', worker: 'W1', task: 'build it', pid: process.pid }),
    'build it has not ended in project',
  ],
  ['a planned worker', () => void stage.plan({ workers: [{ run: ['true'] }] }), 'has not ended in project'],
  [
    'a run that waits for consent',
    () => void stage.plan({ workers: [{ run: ['true'] }] }, 'go', { ask: true }),
    'in project',
  ],
  ['approved rules', () => approve(stage.home, stage.project, 'a'.repeat(64)), 'rules of a project are approved'],
  ['failing closed', () => writeFileSync(homePaths(stage.home).failClosed, ''), 'fermata.failClosed'],
];
const block = (): NewEvent => ({ t: 'hook', worker: 'gate', event: 'PreToolUse', exit: 2, stderr: 'no pushes' });

test.each(STANDING)('not with %s, which the refusal names; a person may', async (_what, arrange, named) => {
  arrange();
  const { code, err } = await uninstall(CLAUDE);
  expect(err).toContain('only a person may take hooks away while ');
  expect(err).toContain(named);
  expect({ code, isInstalled: isInstalled() }).toEqual({ code: 1, isInstalled: true });
  expect((await uninstall({ FERMATA_WORKER: 'W1' })).code).toBe(1);
  expect((await uninstall(CLAUDE, '--in-claude')).code).toBe(1);
  expect(await uninstall(PERSON)).toMatchObject({ code: 0, err: '' });
  expect(isInstalled()).toBe(false);
});

test.each<[what: string, ...events: NewEvent[]]>([
  ['nothing'],
  ['a block that has ended', block(), { t: 'unblock', block: 'B1', by: 'user' }],
  ['a block whose time is over', { ...block(), ttlMs: 1, ts: Date.now() - 60_000 }],
  ['a worker that has ended', { t: 'spawn', worker: 'W1', pid: 1 }, { t: 'exit', worker: 'W1', code: 0 }],
  ['a subagent, and a name alone', { t: 'spawn', worker: 'a1', kind: 'subagent' }, { t: 'spawn', worker: 'tests' }],
  ['a shared lock', { t: 'acquire', worker: 'gate', resource: 'db', mode: 'shared' }],
])('it may with %s', async (_what, ...events) => {
  stage.publish(...events);
  expect(await uninstall(CLAUDE)).toMatchObject({ code: 0, err: '' });
  expect(isInstalled()).toBe(false);
});

test('what stands in a session that is over does not count; in one that may be live it does', async () => {
  stage.publish(block());
  writeFileSync(sessionPaths(stage.dir).info, '');
  expect((await uninstall(CLAUDE)).code).toBe(1);
  live({ pid: process.pid, startTime: '1' });
  expect((await uninstall(CLAUDE)).code).toBe(0);
});

test('another home in the environment does not hide what stands', async () => {
  stage.publish(block());
  const home = join(stage.root, 'elsewhere', '.fermata');
  cpSync(stage.home, home, { recursive: true });
  const plan = planInstall({ home, scope: 'user', userHome: stage.root, permissions: false });
  expect(applyInstall(plan)).toMatchObject({ ok: true });
  const FERMATA_HOME = join(stage.root, 'empty', '.fermata');
  const isThere = (): boolean => readFileSync(settings, 'utf8').includes(home);
  expect((await uninstall({ ...CLAUDE, FERMATA_HOME })).code).toBe(1);
  expect(isThere()).toBe(true);
  expect((await uninstall({ FERMATA_HOME })).code).toBe(0);
  expect(isThere()).toBe(false);
});

test('a log that cannot be read, or is of a newer Fermata, may have a block', async () => {
  const { log } = sessionPaths(stage.dir);
  const claude = { CLAUDECODE: '1', FERMATA_SESSION_DIR: '' };
  writeFileSync(log, '{"t":"open","format":99,"nonce":"n"}\n');
  expect((await uninstall(claude)).err).toContain('while a newer Fermata records a session in project');
  rmSync(log);
  mkdirSync(log);
  expect((await uninstall(claude)).err).toContain('while a log cannot be read in project');
  expect(isInstalled()).toBe(true);
});
