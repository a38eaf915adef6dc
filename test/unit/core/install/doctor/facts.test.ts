import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { homePaths } from '#core/base/paths.ts';
import { diagnose } from '#core/install/doctor/doctor.ts';
import { gatherFacts, type DoctorFacts, type DoctorOptions } from '#core/install/doctor/facts.ts';
import { fileEventsArrive, mountOf } from '#core/install/doctor/fileSystem.ts';
import { isFine, markdownReport, textReport, type Finding } from '#core/install/doctor/finding.ts';
import { gitHookFindings } from '#core/install/doctor/gitHookFindings.ts';
import { applyInstall, planInstall, type InstallOptions } from '#core/install/installer.ts';
import { installRuntime, PROGRAMS } from '#core/install/runtimeFiles.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

let root: string;
let home: string;
let project: string;
let options: DoctorOptions;

beforeEach(() => {
  root = realpathSync(tempDir());
  home = join(root, '.fermata');
  project = join(root, 'project');
  mkdirSync(project);
  const where = {
    home,
    folders: [project],
    userHome: root,
    claudeConfigDir: undefined,
    managed: join(root, 'managed'),
  };
  options = { ...where, env: { PATH: '', HOME: root }, claudePath: '' };
});

/** Puts programs in place whose gate is this shell text, and entries into a settings file. */
function install(changes: Partial<InstallOptions> = {}, gate = 'cat >/dev/null'): void {
  const distDir = join(root, 'dist');
  mkdirSync(join(distDir, 'hooks', 'clients'), { recursive: true });
  for (const { built } of PROGRAMS) writeFileSync(join(distDir, built), '');
  writeFileSync(join(distDir, 'hooks', 'gate.sh'), `#!/bin/sh\n${gate}\n`);
  installRuntime({ home, distDir, nodePath: node('22.3.4'), version: '1.2.3' });
  const plan = planInstall({
    home,
    scope: 'user',
    projectDir: project,
    userHome: root,
    permissions: false,
    ...changes,
  });
  if (!plan.ok) throw new Error(plan.problem.message);
  applyInstall(plan);
}

/** A program that prints this and its environment's word for being Node. */
function node(version: string): string {
  const path = join(root, 'node');
  writeFileSync(path, `#!/bin/sh\necho "$ELECTRON_RUN_AS_NODE ${version}"\n`, { mode: 0o755 });
  return path;
}

const facts = (changes: Partial<DoctorOptions> = {}): Promise<DoctorFacts> => gatherFacts({ ...options, ...changes });

describe('of the home', () => {
  const state = async (): Promise<string> => (await facts()).home.state;

  test('it is known whether it is there, and a folder', async () => {
    expect(await state()).toBe('missing');
    writeFileSync(home, '');
    expect(await state()).toBe('notAFolder');
    rmSync(home);
    mkdirSync(home, { mode: 0o750 });
    chmodSync(home, 0o750);
    const { home: found } = await facts();
    expect(found).toMatchObject({ path: home, state: 'there', mode: 0o750, failClosed: false });
    expect(found).toMatchObject({ fileEvents: true, traits: { links: true, modes: true, programs: true } });
    expect(found.mount).toBe(mountOf(home));
    // what was tried there is gone
    expect(readdirSync(home)).toEqual([]);
    writeFileSync(homePaths(home).failClosed, '');
    expect((await facts()).home.failClosed).toBe(true);
  });

  test('nothing is tried where nothing is', async () => {
    const nowhere = join(root, 'nowhere');
    expect(await fileEventsArrive(nowhere)).toBeUndefined();
    expect(mountOf(nowhere)).toBeUndefined();
    expect(existsSync(nowhere)).toBe(false);
  });
});

describe('of the programs', () => {
  test('those that are missing, their version, and the Node that is recorded', async () => {
    const none = (await facts({ version: '1.2.4' })).programs;
    expect(none).toMatchObject({ installed: undefined, own: '1.2.4', node: undefined });
    expect(none.missing).toContain(join(home, 'hooks', 'gate.sh'));
    install();
    expect((await facts()).programs).toEqual({
      missing: [],
      installed: '1.2.3',
      own: undefined,
      node: { path: join(root, 'node'), runnable: true, electron: false, version: '22.3.4' },
    });
  });

  test('an editor’s program is asked as Node, and one that is gone is not', async () => {
    install();
    writeFileSync(join(home, 'runtime'), `${node('$ELECTRON_RUN_AS_NODE.0.0')}\nelectron\n`);
    expect((await facts()).programs.node).toMatchObject({ electron: true, version: '1.0.0' });
    rmSync(join(root, 'node'));
    expect((await facts()).programs.node).toEqual({ path: join(root, 'node'), runnable: false, electron: true });
  });

  test('Claude Code is the one that the setting names', async () => {
    expect((await facts()).claude).toEqual({});
    expect((await facts({ claudePath: node('2.1.300') })).claude).toEqual({
      path: join(root, 'node'),
      version: '2.1.300',
    });
  });
});

describe('of the settings', () => {
  const personal = (): string => join(root, '.claude', 'settings.json');

  test('each file with entries of ours: whether they are current, for which version, and of which home', async () => {
    expect((await facts()).locations).toEqual([]);
    install({ claude: '2.1.332' });
    expect((await facts()).locations).toEqual([
      { path: personal(), scope: 'user', current: true, madeFor: '2.1.332', otherHomes: [] },
    ]);
    writeFileSync(personal(), readFileSync(personal(), 'utf8').replaceAll(`${home}/`, '/other/.fermata/'));
    expect((await facts()).locations).toMatchObject([{ current: false, otherHomes: ['/other/.fermata'] }]);
  });

  test('what decides whether hooks run, of each folder, or of every project where none is named', async () => {
    install({ scope: 'local' });
    const of = async (folders: string[]): Promise<unknown[]> =>
      (await facts({ folders })).folders.map(({ folder, reach }) => [folder, reach.settings.some(({ ours }) => ours)]);
    expect(await of([project, root])).toEqual([
      [project, true],
      [root, false],
    ]);
    expect(await of([])).toEqual([[undefined, false]]);
  });

  test('the status line only where the person wanted it to go through Fermata', async () => {
    install();
    expect((await facts()).statusLine).toBeUndefined();
    install({ statusLine: true });
    expect((await facts()).statusLine).toEqual({ path: personal(), kept: true });
    const { statusLine: _, ...rest } = JSON.parse(readFileSync(personal(), 'utf8')) as Record<string, unknown>;
    writeFileSync(personal(), JSON.stringify({ ...rest, statusLine: { type: 'command', command: 'mine' } }));
    expect((await facts()).statusLine).toEqual({ path: personal(), kept: false });
    rmSync(personal());
    expect((await facts()).statusLine).toEqual({ path: personal(), kept: false });
    mkdirSync(personal());
    expect((await facts()).statusLine).toBeUndefined();
  });

  test('of Fermata’s own, what has a value that it cannot have, and what cannot be parsed', async () => {
    mkdirSync(home);
    expect((await facts()).settingsProblems).toEqual([]);
    writeFileSync(join(home, 'settings.json'), JSON.stringify({ answer: 'yes', failClosed: true }));
    expect((await facts()).settingsProblems).toEqual([
      'the setting answer has a value that it cannot have; the default counts',
    ]);
    writeFileSync(join(home, 'settings.json'), '[]');
    expect((await facts()).settingsProblems).toEqual([
      `${join(home, 'settings.json')} cannot be parsed; its settings are ignored (it is no object)`,
    ]);
  });
});

describe('the entries that may be run', () => {
  test('are those of this home and those that a project shares, each once', async () => {
    expect((await facts()).entries).toEqual([]);
    install();
    const count = (await facts()).entries.length;
    expect(count).toBeGreaterThan(15);
    expect((await facts()).entries[0]).toMatchObject({
      event: expect.any(String) as string,
      command: `${home}/hooks/gate.sh`,
    });
    install({ scope: 'local' });
    expect((await facts()).entries).toHaveLength(count);
    install({ scope: 'project' });
    expect((await facts()).entries).toHaveLength(2 * count);
    writeFileSync(homePaths(home).failClosed, '');
    install({ scope: 'user', claude: '2.1.332' });
    const events = (await facts()).entries.map(({ event, command }) => `${event} ${command}`);
    expect(events).toContain('PreToolUse /bin/sh');
    expect(events).toContain('PreSkillShellCommand /bin/sh');
  });

  test('are none that only look like ours: a settings file may come with a project', async () => {
    install({ scope: 'local' });
    const file = join(project, '.claude', 'settings.local.json');
    const stop = (await facts()).entries.filter(({ event }) => event === 'Stop').length;
    for (const [from, to] of [
      [`"${home}/hooks/gate.sh"`, '"/evil/.fermata/hooks/gate.sh"'],
      ['"86400"', '"86400 "'],
    ] as const) {
      const before = readFileSync(file, 'utf8');
      writeFileSync(file, before.replaceAll(from, to));
      expect((await facts()).entries.filter(({ event }) => event === 'Stop').length, from).toBeLessThan(stop);
      writeFileSync(file, before);
    }
  });
});

describe('a diagnosis', () => {
  const diagnosed = (runEntries: boolean): Promise<Finding[]> =>
    diagnose({ ...options, env: { ...options.env, PATH: process.env['PATH'] }, now: Date.now, runEntries });

  test('runs each entry where that is allowed, and nothing where there is no home', async () => {
    const ids = async (runEntries: boolean): Promise<boolean> =>
      (await diagnosed(runEntries)).some(({ id }) => id === 'selfTest');
    expect(await ids(true)).toBe(false);
    install({}, `cat >/dev/null; : >'${root}/ran'`);
    expect(await ids(false)).toBe(false);
    expect(existsSync(join(root, 'ran'))).toBe(false);
    expect(await ids(true)).toBe(true);
    expect(existsSync(join(root, 'ran'))).toBe(true);
  });

  test('says of git hooks whether they guard, of a repository whose name needs quotes too', () => {
    mkdirSync(home);
    expect(gitHookFindings(home)).toEqual([]);
    const shop = join(root, 'my shop');
    const hooks = join(shop, '.git', 'hooks');
    mkdirSync(hooks, { recursive: true });
    writeFileSync(homePaths(home).gitHooks, JSON.stringify({ folders: [{ hooks, root: shop }] }));
    const found = gitHookFindings(home);
    expect(found).toHaveLength(3);
    expect(found[0]).toEqual({
      id: 'gitHooks',
      level: 'warn',
      text: `${join(hooks, 'pre-commit')} is gone.`,
      todo: `Run: fermata git-hooks install '${shop}'`,
    });
  });
});

describe('a report', () => {
  const findings: Finding[] = [
    { id: 'a', level: 'ok', text: 'This is fine.' },
    { id: 'b', level: 'warn', text: 'This is odd.', todo: 'Look at it.' },
    { id: 'c', level: 'error', text: 'This is broken.', todo: 'Mend it.' },
    { id: 'd', level: 'error', text: 'So is this.', todo: 'Mend it, too.' },
  ];
  const at = { version: '1.2.3', date: '2030-01-02' };

  test('for a terminal has a line for each finding, what to do below it, and the verdict at the end', () => {
    expect(textReport(findings)).toBe(`ok    This is fine.
warn  This is odd.
      → Look at it.
ERROR This is broken.
      → Mend it.
ERROR So is this.
      → Mend it, too.

2 things are broken.`);
    expect(textReport(findings.slice(0, 2))).toMatch(/\n\nFermata works\.$/);
    expect(isFine(findings.slice(0, 2))).toBe(true);
    expect(isFine(findings.slice(0, 3))).toBe(false);
  });

  test('as a document has what is broken first, the version and the date', () => {
    expect(markdownReport(findings, at)).toBe(`# Fermata: Diagnose

2 things are broken.

## Broken

- This is broken.
  → **Mend it.**
- So is this.
  → **Mend it, too.**

## Worth a look

- This is odd.
  → **Look at it.**

## In order

- This is fine.

Fermata 1.2.3, 2030-01-02
`);
    expect(markdownReport([], at)).toBe('# Fermata: Diagnose\n\nFermata works.\n\nFermata 1.2.3, 2030-01-02\n');
  });

  test('shows no secret that a path or a setting held', () => {
    const text = 'Other machines are not reached: https://ada:hunter2hunter2@host is wrong.';
    const secret: Finding[] = [{ id: 'x', level: 'ok', text }];
    for (const report of [textReport(secret), markdownReport(secret, at)]) expect(report).not.toContain('hunter2');
  });
});
