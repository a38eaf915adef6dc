import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import {
  applyInstall,
  planInstall,
  removeStatusLine,
  uninstall,
  uninstallEverywhere,
  type InstallOptions,
} from '#core/install/installer.ts';
import { hostIdentity } from '#core/base/machine.ts';
import { readRecord, recordedFiles, sha256 } from '#core/install/installRecord.ts';
import { describeFileError } from '#core/install/settings/claudeSettingsFile.ts';
import { entriesAreCurrent } from '#core/install/hookLocations.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

let root: string;
let options: InstallOptions;
let file: string;

beforeEach(() => {
  root = tempDir();
  mkdirSync(join(root, 'project'));
  options = {
    home: join(root, '.fermata'),
    userHome: root,
    scope: 'local',
    projectDir: join(root, 'project'),
    permissions: true,
    now: () => Date.UTC(2030, 0, 2, 3, 4, 5),
  };
  file = join(root, 'project', '.claude', 'settings.local.json');
});

function put(text: string | Buffer, path = file): void {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
}

function install(changes: Partial<InstallOptions> = {}) {
  const plan = planInstall({ ...options, ...changes });
  return plan.ok ? applyInstall(plan) : { ...plan, message: '' };
}

describe('places', () => {
  test.each([
    ['user', {}, '.claude/settings.json'],
    ['user', { claudeConfigDir: true }, 'elsewhere/settings.json'],
    ['local', {}, 'project/.claude/settings.local.json'],
    ['project', {}, 'project/.claude/settings.json'],
  ] as const)('%s %j: %s', (scope, { claudeConfigDir }: { claudeConfigDir?: boolean }, path) => {
    const outcome = install({ scope, ...(claudeConfigDir && { claudeConfigDir: join(root, 'elsewhere') }) });
    expect(outcome).toMatchObject({ ok: true, changed: true, file: join(root, path), before: null });
    expect(Object.keys(JSON.parse(readFileSync(join(root, path), 'utf8')).hooks)).toHaveLength(17);
  });

  test('a project folder that is not there is refused', () => {
    expect(install({ projectDir: join(root, 'nowhere') })).toMatchObject({
      ok: false,
      problem: { message: expect.stringContaining('no folder') },
    });
    expect(existsSync(join(root, 'nowhere'))).toBe(false);
  });
});

test('on Windows a home with a % is refused where cmd.exe would start its gate, and the file is left as it is', () => {
  const home = join(root, '100%', '.fermata');
  const onWindows = (changes: Partial<InstallOptions> = {}) =>
    install({ home, windowsNode: 'C:\\nodejs\\node.exe', electron: false, ...changes });
  const refused = (why: string) => ({ ok: false, problem: { message: expect.stringContaining(why) as string } });
  expect(onWindows({ electron: true })).toMatchObject(refused('Without Node itself'));
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, 'fail-closed'), '');
  expect(onWindows()).toMatchObject(refused('With fermata.failClosed'));
  expect(existsSync(file)).toBe(false);
  rmSync(join(home, 'fail-closed'));
  expect(onWindows()).toMatchObject({ ok: true, changed: true });
});

describe('installing and uninstalling', () => {
  test('a file and a folder that were not there are gone again', () => {
    install();
    expect(uninstall(options)).toMatchObject({ ok: true, after: null });
    expect(readdirSync(join(root, 'project'))).toEqual([]);
  });

  test('a file that was not there is gone after an update too', () => {
    install({ permissions: false });
    expect(install()).toMatchObject({ ok: true, changed: true });
    expect(uninstall(options)).toMatchObject({ ok: true, after: null });
    expect(readdirSync(join(root, 'project'))).toEqual([]);
  });

  test('a file that was not there stays when somebody has written into it since', () => {
    install();
    put(readFileSync(file, 'utf8').replace('{', '{\n  "model": "opus",'));
    uninstall(options);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ model: 'opus' });
  });

  test('what was added since stays, around it the text is as before', () => {
    put('{\n  "hooks": {\n  }\n}\n');
    install();
    put(readFileSync(file, 'utf8').replace('{', '{\n  "model": "opus",'));
    uninstall(options);
    expect(readFileSync(file, 'utf8')).toBe('{\n  "model": "opus",\n  "hooks": {\n  }\n}\n');
  });

  test('an update in between changes nothing about that', () => {
    const before = '{ }\n';
    put(before);
    install({ permissions: false });
    put(readFileSync(file, 'utf8').replaceAll('"timeout": 20', '"timeout": 21'));
    expect(install()).toMatchObject({ ok: true, changed: true });
    uninstall(options);
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  test('works without the record, when the Fermata home has been deleted', () => {
    put('{\n  "model": "opus"\n}\n');
    install();
    rmSync(options.home, { recursive: true });
    uninstall(options);
    expect(readFileSync(file, 'utf8')).toBe('{\n  "model": "opus"\n}\n');
  });

  test('uninstalling what is not installed changes nothing', () => {
    expect(uninstall(options)).toMatchObject({ ok: true, changed: false });
    expect(existsSync(join(root, 'project', '.claude'))).toBe(false);
  });

  test('keeps ten backups, readable by the owner only', () => {
    for (let i = 0; i < 12; i++) {
      put(`{"n": ${i}}`);
      install({ now: () => Date.UTC(2030, 0, 1 + i) });
    }
    const dir = join(options.home, 'backups');
    const names = readdirSync(dir).toSorted();
    expect(names).toHaveLength(10);
    expect(readFileSync(join(dir, names[0] ?? ''), 'utf8')).toBe('{"n": 2}');
    expect(statSync(join(dir, names[0] ?? '')).mode & 0o777).toBe(0o600);
  });

  test('without permissions the rules stay as they are', () => {
    install({ permissions: false });
    expect(readFileSync(file, 'utf8')).not.toContain('permissions');
  });

  test('shared settings come with a word about the others', () => {
    put('{}', join(root, 'project', '.claude', 'settings.json'));
    expect(install({ scope: 'project' })).toMatchObject({
      notes: [expect.stringContaining('Everyone who shares this file')],
    });
  });

  test('where there was no .claude folder it is said that a running session must be restarted', () => {
    expect(install()).toMatchObject({ notes: [expect.stringContaining('must be restarted')] });
    expect(install({ scope: 'user' })).toMatchObject({ notes: [] });
  });
});

describe('what a person reads', () => {
  const messages = (): Record<string, string> => ({
    installed: install().message,
    again: install().message,
    removed: uninstall(options).message,
    gone: uninstall(options).message,
  });

  test('of a file that was not there is that it comes and goes', () => {
    expect(messages()).toEqual({
      installed: `Hooks for 17 events are now in ${file}.`,
      again: `The hooks are already in ${file}; nothing was changed.`,
      removed: `The hooks were removed, and ${file} with them: it held nothing else.`,
      gone: `There are no hooks of Fermata in ${file}; nothing was changed.`,
    });
  });

  test('of a file of the person’s is where the text before is kept', () => {
    put('{}');
    const backup = new RegExp(
      `^${join(options.home, 'backups', 'settings.local.json')}\\.[0-9a-f]{12}\\.2030-01-02T03-04-05-000Z$`,
    );
    const installed = install();
    expect(installed).toMatchObject({ backup: expect.stringMatching(backup) as string });
    const kept = (installed as { backup: string }).backup;
    expect(installed.message).toBe(`Hooks for 17 events are now in ${file}. The text before is kept in ${kept}.`);
    expect(readFileSync(kept, 'utf8')).toBe('{}');
    expect(uninstall(options).message).toBe(`The hooks were removed from ${file}. The text before is kept in ${kept}.`);
    expect(JSON.parse(readFileSync(kept, 'utf8'))).toHaveProperty('hooks');
  });

  test('of a plan is what it adds, before anything is written', () => {
    const adds = (changes: Partial<InstallOptions> = {}) => {
      const plan = planInstall({ ...options, ...changes });
      return plan.ok ? [plan.adds.hooks, plan.adds.rules, plan.events, plan.changed, plan.action] : plan;
    };
    expect(adds()).toEqual([20, 2, 17, true, 'install']);
    expect(adds({ permissions: false })).toEqual([20, 0, 17, true, 'install']);
    expect(adds({ permissions: 'asBefore' })).toEqual([20, 0, 17, true, 'install']);
    expect(adds({ claude: '2.1.332' })).toEqual([21, 2, 18, true, 'install']);
    expect([existsSync(file), existsSync(options.home)]).toEqual([false, false]);
    install();
    expect(adds({ permissions: 'asBefore' })).toEqual([20, 2, 17, false, 'install']);
  });

  test('of a version of Claude Code that knows less is what is missing then', () => {
    mkdirSync(join(file, '..'));
    expect(install({ claude: '2.1.197' })).toMatchObject({ notes: [expect.stringContaining('PreSkillShellCommand')] });
    mkdirSync(options.home, { recursive: true });
    writeFileSync(join(options.home, 'fail-closed'), '');
    expect(install({ claude: '2.1.197' })).toMatchObject({
      notes: [expect.stringContaining('PreSkillShellCommand'), expect.stringContaining('onFailure')],
    });
    // what a project shares goes by no setting of one person’s
    expect(install({ claude: '2.1.197', scope: 'project' })).toMatchObject({
      notes: [expect.stringContaining('Everyone'), expect.stringContaining('PreSkillShellCommand')],
    });
  });
});

describe('what is remembered of an installation', () => {
  const record = (): Record<string, unknown> => {
    const [name = ''] = readdirSync(join(options.home, 'installs'));
    expect(statSync(join(options.home, 'installs', name)).mode & 0o777).toBe(0o600);
    return JSON.parse(readFileSync(join(options.home, 'installs', name), 'utf8')) as Record<string, unknown>;
  };

  test('is the text before, the text after as its hash, the home and the machine', () => {
    put('{"model": "opus"}');
    install();
    expect(record()).toMatchObject({
      file,
      original: '{"model": "opus"}',
      written: sha256(readFileSync(file, 'utf8')),
      madeFolder: false,
      home: options.home,
      host: hostIdentity(),
      footprint: { rules: [{ list: 'allow' }, { list: 'deny' }] },
    });
    expect(record()).not.toHaveProperty('statusLine');
    uninstall(options);
    expect(readdirSync(join(options.home, 'installs'))).toEqual([]);
  });

  test('is over an update whether there was a file, and a folder', () => {
    install({ permissions: false });
    expect(record()).toMatchObject({ original: null, madeFolder: true });
    install();
    expect(record()).toMatchObject({ original: null, madeFolder: true });
  });

  test('is nothing of a file that has lost our hooks since: its text then is the original', () => {
    put('{"n": 1}');
    install();
    put('{"n": 2}');
    install();
    expect(record()).toMatchObject({ original: '{"n": 2}' });
    uninstall(options);
    expect(readFileSync(file, 'utf8')).toBe('{"n": 2}');
  });

  test('goes for each file alone, and not for one that a record of another name is about', () => {
    put('{ }');
    install();
    const installs = join(options.home, 'installs');
    const [name = ''] = readdirSync(installs);
    expect(recordedFiles(options.home)).toEqual([file]);
    writeFileSync(join(installs, 'other.json'), readFileSync(join(installs, name)));
    writeFileSync(join(installs, 'x.json'), '{"file": 7}');
    expect(recordedFiles(options.home)).toEqual([file]);
    expect(readRecord(options.home, join(root, 'other'))).toBeUndefined();
    rmSync(join(installs, name));
    expect([recordedFiles(options.home), readRecord(options.home, file)]).toEqual([[], undefined]);
  });

  test('a folder of settings that was there, though empty, stays; one that others have used since, too', () => {
    mkdirSync(join(file, '..'));
    install();
    uninstall(options);
    expect(readdirSync(join(root, 'project'))).toEqual(['.claude']);
    rmSync(join(file, '..'), { recursive: true });
    install();
    writeFileSync(join(file, '..', 'notes'), '');
    expect(uninstall(options)).toMatchObject({ ok: true, after: null });
    expect(readdirSync(join(file, '..'))).toEqual(['notes']);
  });
});

describe('permission rules of earlier homes', () => {
  test('go with an installation, and the new ones come in their place', () => {
    install({ home: join(root, 'old') });
    const rules = (): string =>
      JSON.stringify((JSON.parse(readFileSync(file, 'utf8')) as { permissions: unknown }).permissions);
    expect(rules()).toContain('/old/');
    install({ permissions: 'asBefore' });
    expect(rules()).toContain('/old/');
    install({ permissions: 'asBefore', formerHomes: [join(root, 'old')] });
    expect(rules()).not.toContain('/old/');
    expect(rules()).toContain('~/.fermata/');
  });

  test('of the default home are in a file that a project shares, wherever the home of the one who installs is', () => {
    const shared = { scope: 'project', home: join(root, 'elsewhere') } as const;
    install(shared);
    const path = join(root, 'project', '.claude', 'settings.json');
    expect(readFileSync(path, 'utf8')).toContain('Edit(~/.fermata/**)');
    rmSync(join(root, 'elsewhere'), { recursive: true });
    uninstall({ ...options, ...shared });
    expect(readFileSync(path, 'utf8')).toBe('{}\n');
  });
});

describe('uninstalling everywhere', () => {
  const settingsOf = (name: string): string => join(root, name, '.claude', 'settings.local.json');
  const personal = (): string => join(root, '.claude', 'settings.json');
  const everywhere = () => {
    const { scope: _, ...rest } = options;
    return uninstallEverywhere(rest);
  };

  test('gives back each file that has our entries, and names those alone', () => {
    mkdirSync(join(root, 'other'));
    put('{ "model": "opus" }', settingsOf('project'));
    put('{}', settingsOf('other'));
    put('{"n": 1}', personal());
    install();
    install({ projectDir: join(root, 'other') });
    install({ scope: 'user' });
    const outcomes = everywhere();
    expect(outcomes.flatMap((outcome) => (outcome.ok ? [outcome.file] : [])).toSorted()).toEqual(
      [settingsOf('project'), settingsOf('other'), personal()].toSorted(),
    );
    expect(readFileSync(settingsOf('project'), 'utf8')).toBe('{ "model": "opus" }');
    expect(readFileSync(settingsOf('other'), 'utf8')).toBe('{}');
    expect(readFileSync(personal(), 'utf8')).toBe('{"n": 1}');
    expect(everywhere()).toEqual([]);
  });

  test('finds the person’s own without a record, and goes on past a file that it cannot edit, which it names', () => {
    install();
    install({ scope: 'user' });
    put('{ "hooks": ', settingsOf('project'));
    rmSync(join(options.home, 'installs'), { recursive: true, force: true });
    install({ scope: 'user', permissions: false });
    const outcomes = everywhere();
    expect(outcomes.filter(({ ok }) => ok)).toMatchObject([{ file: personal(), changed: true }]);
    expect(readFileSync(settingsOf('project'), 'utf8')).toBe('{ "hooks": ');
  });

  test('lets entries of a shared file count again in sessions that run', () => {
    install();
    const session = join(options.home, 'sessions', 's1');
    mkdirSync(session, { recursive: true });
    for (const name of ['own-local', 'log.jsonl', 'known-own-']) writeFileSync(join(session, name), '');
    uninstall(options);
    expect(readdirSync(session).toSorted()).toEqual(['known-own-', 'log.jsonl']);
  });
});

test('a file that cannot be read is a problem in words, and stays', () => {
  install();
  const text = readFileSync(file, 'utf8');
  const plan = planInstall({ ...options, permissions: false });
  rmSync(file);
  mkdirSync(file);
  expect(plan.ok && applyInstall(plan)).toMatchObject({ ok: false, problem: { file } });
  rmSync(file, { recursive: true });
  put(text);
  expect(uninstall(options)).toMatchObject({ ok: true, after: null });
});

describe('the status line', () => {
  const personal = (): string => join(root, '.claude', 'settings.json');
  const text = (): string => readFileSync(personal(), 'utf8');
  const command = (): string | undefined =>
    (JSON.parse(text()) as { statusLine?: { command: string } }).statusLine?.command;
  const user = (): InstallOptions => ({ ...options, scope: 'user' });
  const keep = (statusLine: boolean | undefined = true, changes: Partial<InstallOptions> = {}) =>
    install({ scope: 'user', statusLine, ...changes });
  const original = '{\n  "statusLine": { "type": "command", "command": "echo \\"mine\\"" }\n}\n';

  test('goes through this home on request alone, and stays so; taken out, the hooks stay and it is as it was', () => {
    put(original, personal());
    install({ scope: 'user' });
    expect(command()).toBe('echo "mine"');
    expect(keep()).toMatchObject({ ok: true, notes: [expect.stringContaining('keeps the figures')] });
    expect(command()).toContain(`${options.home}/hooks/status-line.sh`);
    expect(command()).toContain('echo "mine"');
    expect(install({ scope: 'user' })).toMatchObject({ changed: false, notes: [] });
    expect(removeStatusLine(user()).message).toMatch(
      /^The status line in \S+ is as it was before Fermata\. The text before is kept in \S+\.$/,
    );
    expect([command(), text().includes('gate.sh')]).toEqual(['echo "mine"', true]);
    expect(removeStatusLine(user())).toMatchObject({
      changed: false,
      message: `The status line in ${personal()} does not go through Fermata; nothing was changed.`,
    });
    uninstall(user());
    expect(text()).toBe(original);
  });

  test('of a person who has none is gone again, by either way, and what was written since stays', () => {
    expect(removeStatusLine(user())).toMatchObject({ ok: true, changed: false, after: null });
    put('{ }\n', personal());
    keep();
    expect(command()).toMatch(/>\/dev\/null$/);
    keep(false);
    expect(command()).toBeUndefined();
    keep();
    put(text().replace('{', '{"model": "opus",'), personal());
    removeStatusLine(user());
    expect(Object.keys(JSON.parse(text())).toSorted()).toEqual(['hooks', 'model', 'permissions']);
    uninstall(user());
    expect(JSON.parse(text())).toEqual({ model: 'opus' });
  });

  test('goes away with the hooks where it was not taken out before', () => {
    put(original, personal());
    keep();
    uninstall(user());
    expect(text()).toBe(original);
  });

  test('is left alone where it is not the person’s own, or Fermata could not be put before it, and that is said', () => {
    const refused = (message: string, line?: number) => ({
      ok: false,
      problem: { message: expect.stringContaining(message) as string, ...(line && { line }) },
    });
    expect(install({ statusLine: true })).toMatchObject(refused('leave out --scope'));
    expect(keep(true, { windowsNode: 'C:\\node.exe' })).toMatchObject(refused('On Windows'));
    for (const [value, message] of [
      ['{ "type": "command", "command": "cat <<END\\nx\\nEND" }', 'has a here-document'],
      ['{ "type": "command", "command": "echo \\\\" }', 'ends with a backslash'],
      ['{ "type": "static" }', '"statusLine" is not a command'],
      ['null', '"statusLine" is not a command'],
      ['"mine"', '"statusLine" is not a command'],
    ] as const) {
      const before = `{\n  "statusLine": ${value}\n}\n`;
      put(before, personal());
      expect(keep(), value).toMatchObject(refused(message, 2));
      expect(text()).toBe(before);
      // the hooks do not need it
      expect(install({ scope: 'user' })).toMatchObject({ ok: true, changed: true });
      uninstall(user());
      expect(text()).toBe(before);
    }
    put('{', personal());
    expect(removeStatusLine(user())).toMatchObject(refused('close brace expected', 1));
    expect(text()).toBe('{');
  });
});

describe('the file itself', () => {
  test('that is a folder, or of no project, is refused in words', () => {
    mkdirSync(file, { recursive: true });
    const problem = (changes: Partial<InstallOptions> = {}): unknown => {
      const plan = planInstall({ ...options, ...changes });
      return plan.ok ? undefined : plan.problem.message;
    };
    expect(problem()).toBe(`${file} is not a file`);
    for (const projectDir of [undefined, '']) {
      const { projectDir: _, ...rest } = options;
      const plan = planInstall(projectDir === undefined ? rest : { ...rest, projectDir });
      expect(plan).toMatchObject({ ok: false, problem: { message: 'No project folder was named' } });
    }
    writeFileSync(join(root, 'no-folder'), '');
    expect(problem({ projectDir: join(root, 'no-folder') })).toBe(`There is no folder ${join(root, 'no-folder')}`);
  });

  test.each([
    ['EACCES', '/f may not be read or written by this user (EACCES)'],
    ['EPERM', '/f may not be read or written by this user (EPERM)'],
    ['EROFS', '/f is on a read-only file system'],
    ['ENOSPC', 'There is no space left to write /f'],
    ['EDQUOT', 'There is no space left to write /f'],
    ['ERR_ENCODING_INVALID_ENCODED_DATA', '/f is not UTF-8 text'],
    ['EIO', '/f: input/output error'],
    [undefined, '/f: input/output error'],
  ])('that fails with %s is a sentence for a person', (code, sentence) => {
    expect(describeFileError(Object.assign(new Error('input/output error'), { code }), '/f')).toBe(sentence);
  });

  test('a link stays a link, and what it leads to is edited', () => {
    const real = join(root, 'dotfiles', 'claude.json');
    put('{}', real);
    mkdirSync(join(root, 'project', '.claude'));
    symlinkSync(real, file);
    install();
    expect(lstatSync(file).isSymbolicLink()).toBe(true);
    expect(readFileSync(real, 'utf8')).toContain('gate.sh');
    uninstall(options);
    expect(readFileSync(real, 'utf8')).toBe('{}');
  });

  test('a link to nothing is refused', () => {
    mkdirSync(join(root, 'project', '.claude'));
    symlinkSync(join(root, 'gone.json'), file);
    expect(install()).toMatchObject({ ok: false, problem: { message: expect.stringContaining('not there') } });
    expect(existsSync(join(root, 'gone.json'))).toBe(false);
  });

  test('its mode is kept', () => {
    put('{}');
    chmodSync(file, 0o640);
    install();
    expect(statSync(file).mode & 0o777).toBe(0o640);
  });

  test('a read-only one is refused, and stays', () => {
    put('{}');
    chmodSync(file, 0o444);
    expect(install()).toMatchObject({ ok: false, problem: { message: expect.stringContaining('read-only') } });
    expect(readFileSync(file, 'utf8')).toBe('{}');
  });

  test('one that is not UTF-8 is refused: it could not be given back', () => {
    const bytes = Buffer.from([0x7b, 0x22, 0xe9, 0x22, 0x3a, 0x31, 0x7d]);
    put(bytes);
    expect(install()).toMatchObject({ ok: false, problem: { message: expect.stringContaining('not UTF-8') } });
    expect(readFileSync(file)).toEqual(bytes);
  });

  test('a mistake in it is named with its place', () => {
    put('{\n  "a": }');
    const plan = planInstall(options);
    expect(plan).toEqual({
      ok: false,
      problem: { message: 'This is not valid JSON: value expected', file, line: 2, column: 8 },
    });
    expect(uninstall(options).message).toBe(
      `This is not valid JSON: value expected in ${file} (line 2, column 8). Nothing was changed.`,
    );
    expect(existsSync(options.home)).toBe(false);
  });

  test('what somebody writes between plan and application is not lost', () => {
    put('{}');
    const plan = planInstall(options);
    put('{"model": "opus"}');
    const outcome = plan.ok ? applyInstall(plan) : undefined;
    expect(outcome).toMatchObject({ ok: true, before: '{"model": "opus"}' });
    expect(JSON.parse(readFileSync(file, 'utf8'))).toHaveProperty('model', 'opus');
    uninstall(options);
    expect(readFileSync(file, 'utf8')).toBe('{"model": "opus"}');
  });

  test('what somebody writes at the last moment is not lost either', () => {
    put('{}');
    let writes = 0;
    // the clock is read between the comparison and the rename
    const now = (): number => {
      if (writes++ === 0) put('{"model": "opus"}');
      return 0;
    };
    expect(install({ now })).toMatchObject({ ok: true });
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ model: 'opus', hooks: {} });
  });

  test('what somebody writes into a file that is to be removed just then stays', () => {
    install();
    let reads = 0;
    const now = (): number => {
      if (reads++ === 0) put(readFileSync(file, 'utf8').replace('{', '{"model": "opus",'));
      return 0;
    };
    expect(uninstall({ ...options, now })).toMatchObject({ ok: true, changed: true });
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ model: 'opus' });
  });

  test('one that is written all the time is given up', () => {
    put('{}');
    let n = 0;
    const now = (): number => {
      put(`{"n": ${++n}}`);
      return 0;
    };
    expect(install({ now })).toMatchObject({
      ok: false,
      problem: { message: expect.stringContaining('keeps writing') },
    });
    expect(readFileSync(file, 'utf8')).toBe('{"n": 5}');
    expect(readdirSync(join(file, '..'))).toEqual(['settings.local.json']);
  });
});

describe('UTF-16, as Windows PowerShell 5 writes it', () => {
  const TEXT = '\ufeff{\r\n  "model": "opus ä"\r\n}\r\n';
  const original = Buffer.from(TEXT, 'utf16le');

  test('stays UTF-16 with the hooks in it, and is the same to the byte without them', () => {
    put(original);
    const outcome = install();
    expect(outcome).toMatchObject({ ok: true, changed: true });
    const installed = readFileSync(file);
    expect(installed.subarray(0, 2)).toEqual(original.subarray(0, 2));
    expect(Object.keys(JSON.parse(installed.toString('utf16le', 2)).hooks)).toHaveLength(17);
    expect(readFileSync((outcome as { backup: string }).backup)).toEqual(original);
    uninstall(options);
    expect(readFileSync(file)).toEqual(original);
  });

  test('with the high byte first, which Claude Code does not read, it is refused', () => {
    put(Buffer.from(original).swap16());
    expect(install()).toMatchObject({ ok: false, problem: { message: expect.stringContaining('is not UTF-8') } });
  });
});

test('a text that cannot be parsed is refused with its file, line and column', () => {
  put('{\n  "model": "opus"\n  "hooks": {}\n}\n');
  const outcome = applyInstall(planInstall(options));
  expect(outcome.message).toBe(
    `This is not valid JSON: comma expected in ${file} (line 3, column 3). Nothing was changed.`,
  );
});

test('a text that nests a hundred thousand deep is refused with its place', () => {
  put(`{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`);
  expect(applyInstall(planInstall(options)).message).toContain('100 deep in ');
  expect(uninstall(options).message).toContain('(line 1, column 105)');
});

test.each([
  ['command', { type: 'command', command: `a${' '.repeat(500_000)}b` }],
  ['argument', { type: 'command', command: 'a', args: [`${'/'.repeat(500_000)}b`, `${'\\'.repeat(200_000)}b`] }],
])('a hook with a %s that a pattern would try for minutes is only passed over', (_name, hook) => {
  put(JSON.stringify({ hooks: { Stop: [{ hooks: [hook] }] } }));
  const started = process.cpuUsage();
  expect(install()).toMatchObject({ ok: true, changed: true });
  expect(process.cpuUsage(started).user).toBeLessThan(20_000_000);
});

test('ten thousand entries of ours are refused, and not removed one by one', () => {
  const ours = { type: 'command', command: '/x/.fermata/hooks/gate.sh' };
  put(JSON.stringify({ hooks: { Stop: Array.from({ length: 10_000 }, () => ({ hooks: [ours] })) } }));
  expect(applyInstall(planInstall(options)).message).toContain('has 10000 entries of Fermata, too many to edit');
  expect(uninstall(options).ok).toBe(false);
  const environment = { ...options, folders: [join(root, 'project')], userHome: root, claudeConfigDir: undefined };
  expect(entriesAreCurrent(options, environment)).toBe(false);
});

test('entries are current once they are installed, and until one is changed', () => {
  const environment = { ...options, folders: [join(root, 'project')], userHome: root, claudeConfigDir: undefined };
  expect(entriesAreCurrent(options, environment)).toBe(false);
  put(JSON.stringify({ hooks: { Stop: [{ hooks: [{ type: 'command', command: 'true' }] }] } }));
  install();
  expect(entriesAreCurrent(options, environment)).toBe(true);
  install({ scope: 'project' });
  expect(entriesAreCurrent({ ...options, scope: 'project' }, environment)).toBe(true);
  const installed = readFileSync(file, 'utf8');
  for (const [from, to] of [
    ['"args":["Stop",', '"args":["Stopp",'],
    ['"PreToolUse":[{', '"PreToolUse":[{"matcher":"Bash",'],
  ] as const) {
    expect(installed).toContain(from);
    put(installed.replace(from, to));
    expect(entriesAreCurrent(options, environment)).toBe(false);
  }
});
