import { existsSync, mkdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { claudeVersion, findClaude, findGit, oldestClaude, onPath, readVersion } from '#core/install/executables.ts';
import { findNode, usualPlaces } from '#core/install/findNode.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

let root: string;

beforeEach(() => {
  root = tempDir();
});

describe('finding Node', () => {
  const program = (dir: string, body: string): string => {
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, 'node'), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
    return join(dir, 'node');
  };

  test('the setting goes first', async () => {
    expect(await findNode(process.execPath, { PATH: '' })).toEqual({
      path: process.execPath,
      version: process.versions.node,
      electron: false,
      from: 'setting',
    });
  });

  test('one in a usual place is taken where PATH has none', async () => {
    const dir = join(root, 'usual');
    mkdirSync(dir);
    symlinkSync(process.execPath, join(dir, 'node'));
    expect(await findNode('', { PATH: '' }, [], [dir])).toMatchObject({ path: process.execPath, from: 'path' });
    const env = { ProgramFiles: String.raw`C:\Program Files`, LOCALAPPDATA: String.raw`C:\Users\a\AppData\Local` };
    expect(usualPlaces('win32', env)).toEqual([
      String.raw`C:\Program Files\nodejs`,
      String.raw`C:\Users\a\AppData\Local\Programs\nodejs`,
    ]);
    const more = { NVM_SYMLINK: String.raw`C:\nvm4w\nodejs`, 'ProgramFiles(x86)': String.raw`C:\Program Files (x86)` };
    expect(usualPlaces('win32', { ...env, ...more, LOCALAPPDATA: '' })).toEqual([
      String.raw`C:\Program Files\nodejs`,
      String.raw`C:\nvm4w\nodejs`,
      String.raw`C:\Program Files (x86)\nodejs`,
    ]);
    expect(usualPlaces('darwin', env)).toEqual(['/opt/homebrew/bin', '/usr/local/bin', '/opt/local/bin']);
    expect(usualPlaces('linux', env)).toEqual(['/usr/local/bin', '/usr/bin']);
  });

  test.each<[string, string, object | undefined]>([
    ['the oldest that will do', '["/real/node","20.0.0",""]', { version: '20.0.0', electron: false }],
    ['one before that', '["/real/node","19.9.9",""]', undefined],
    ['an editor’s own', '["/real/node","22.1.0","30.0.1"]', { version: '22.1.0', electron: true }],
    ['one that names a path that depends on where one is', '["node","22.1.0",""]', undefined],
    ['one that names no version', '["/real/node","x",""]', undefined],
    ['one that talks', 'hello', undefined],
  ])('%s is asked what it is, as Node', async (_, answer, expected) => {
    const real = program(join(root, 'real'), '');
    const text = answer.replace('/real/node', real);
    const setting = program(join(root, 'x'), `[ "$ELECTRON_RUN_AS_NODE$1" = 1-p ] && echo '${text}'`);
    const found = await findNode(setting, { PATH: '' }, [], []);
    // a link for a single terminal may be gone tomorrow: the program itself is recorded
    if (expected !== undefined) expect(found).toEqual({ ...expected, path: real, from: 'setting' });
    else
      expect(found).toMatchObject({
        from: 'self',
        path: process.execPath,
        version: process.versions.node,
        note: `${setting} (fermata.nodePath) is not the absolute path of a Node 20 or newer`,
      });
  });

  test('a setting that would take a second line in a file is none', async () => {
    const setting = program(join(root, 'a\nb'), `exec '${process.execPath}' "$@"`);
    expect(await findNode(setting, { PATH: '' }, [], [])).toMatchObject({
      from: 'self',
      note: expect.any(String) as string,
    });
    expect(await findNode('', { PATH: '' }, [], [])).toHaveProperty('note', undefined);
  });

  test('a setting that is no Node is passed over, and that is said', async () => {
    for (const setting of ['node', '/nowhere/node', program(join(root, 'x'), 'exit 3')]) {
      expect(await findNode(setting, { PATH: '' }, [], [])).toMatchObject({
        from: 'self',
        path: process.execPath,
        note: expect.stringContaining(setting),
      });
    }
  });

  test('on PATH one that is too old is passed over, and a stand-in is asked for the binary', async () => {
    const old = program(join(root, 'old'), `echo '["/old/node","18.20.0",""]'`);
    const shim = program(join(root, 'shim'), `exec '${process.execPath}' "$@"`);
    const env = {
      PATH: ['relative', join(old, '..'), join(shim, '..')].join(':'),
      NODE_OPTIONS: '--require /gone.cjs',
    };
    expect(await findNode('', env)).toMatchObject({ path: process.execPath, from: 'path' });
  });

  test('PATH leads into no folder that is opened, and to none that depends on where one is', async () => {
    const opened = join(root, 'repo');
    const evil = program(join(opened, 'bin'), `touch '${root}/ran'; echo '["/evil","22.0.0",""]'`);
    symlinkSync(join(opened, 'bin'), join(root, 'link'));
    for (const dir of [dirname(evil), join(root, 'link'), '.', 'bin', '']) {
      const env = { PATH: dir, HOME: root };
      expect(await findNode('', env, [opened], []), dir).toMatchObject({ from: 'self' });
      expect(findClaude('', env, [opened])).toBeUndefined();
    }
    expect(existsSync(join(root, 'ran'))).toBe(false);
  });

  test("the person's own programs are found though the home is opened", () => {
    const claude = join(root, '.local', 'bin', 'claude');
    mkdirSync(dirname(claude), { recursive: true });
    writeFileSync(claude, '#!/bin/sh\n', { mode: 0o755 });
    expect(findClaude('', { PATH: '', HOME: root }, [root])).toBe(claude);
  });

  test('a program is asked in its own folder, not in the one that is opened', async () => {
    const claude = join(root, 'claude');
    writeFileSync(claude, `#!/bin/sh\npwd > '${root}/where'\n[ "$1" = --version ] && echo 1.2.3\n`, { mode: 0o755 });
    expect(await claudeVersion('', { PATH: root })).toEqual({ path: claude, version: '1.2.3' });
    expect(readFileSync(join(root, 'where'), 'utf8').trim()).toBe(realpathSync(root));
  });
});

describe('finding a program of the person’s', () => {
  const program = (path: string, body = ''): string => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
    return path;
  };
  const place = (...names: string[]): string => join(root, ...names);

  test('Claude Code is what the setting names, else on PATH, else where its own installers put it', () => {
    const env = { PATH: `${place('none')}:${place('bin')}`, HOME: root };
    const find = (setting = ''): string | undefined => findClaude(setting, env, []);
    expect(find()).toBeUndefined();
    const old = program(place('.claude', 'local', 'claude'));
    expect(find()).toBe(old);
    const own = program(place('.local', 'bin', 'claude'));
    expect(find()).toBe(own);
    const onPath = program(place('bin', 'claude'));
    expect(find()).toBe(onPath);
    const named = program(place('elsewhere', 'my claude'));
    expect(find(named)).toBe(named);
    // what depends on where one is, is not there, or cannot be run leads nowhere
    expect([find('claude'), find(place('nowhere')), find(place('bin'))]).toEqual([onPath, onPath, onPath]);
    expect(find(relative(process.cwd(), named))).toBe(onPath);
    writeFileSync(place('plain'), '#!/bin/sh\n', { mode: 0o644 });
    expect(find(place('plain'))).toBe(onPath);
    expect(findClaude('', { PATH: '' }, [])).toBeUndefined();
    // on Windows the home is in another variable
    expect(findClaude('', { PATH: '', USERPROFILE: root }, [])).toBe(own);
  });

  test('git is found on PATH, and in no folder that is opened or relative', () => {
    const git = program(place('bin', 'git'));
    const foreign = program(place('opened', 'bin', 'git'));
    const beside = program(place('opened-too', 'git'));
    const path = [place('opened', 'bin'), 'bin', '.', '', place('opened-too'), place('bin')].join(':');
    expect(findGit({ PATH: path, HOME: '/nowhere' }, [place('opened')])).toBe(beside);
    expect(findGit({ PATH: path, HOME: '/nowhere' }, [])).toBe(foreign);
    expect(findGit({ PATH: path, HOME: '/nowhere' }, [place('opened'), place('opened-too')])).toBe(git);
    expect(findGit({ PATH: '' }, [])).toBeUndefined();
    expect(findGit({ Path: place('bin') }, [])).toBe(git);
    expect(findGit({}, [])).toBeUndefined();
  });

  test('a folder that is opened is shunned with what is in it, and neither the one around it nor its neighbours', () => {
    const opened = place('work', 'repo');
    const folders = [opened, join(opened, '..bin'), place('work'), place('work', '..repo'), place('bin')];
    for (const folder of folders) mkdirSync(folder, { recursive: true });
    const found = (env: NodeJS.ProcessEnv): string[] => onPath('git', env, [opened]).map((file) => dirname(file));
    expect(found({ PATH: folders.join(':'), HOME: root })).toEqual(folders.slice(2));
    // a folder that is named twice is looked at once
    expect(found({ PATH: [place('bin'), place('bin')].join(':'), HOME: root })).toEqual([place('bin')]);
    // that the person's home is in the folder is known from the home alone, not from where this process is
    const here = process.cwd();
    expect(onPath('git', { PATH: join(here, 'bin') }, [here])).toEqual([]);
    expect(onPath('git', { PATH: join(here, 'bin'), HOME: here }, [here])).toEqual([join(here, 'bin', 'git')]);
  });

  test('its version is the first number that it prints, and none where it fails or prints none', async () => {
    const version = (body: string): Promise<string | undefined> => readVersion(program(place('x'), body), [], {});
    expect(await version('echo "tool v10.20.30-beta (4.5.6)"')).toBe('10.20.30');
    expect(await version('echo "no version"')).toBeUndefined();
    expect(await version('echo 1.2.3; exit 3')).toBeUndefined();
    expect(await version('echo "$NODE_OPTIONS" 1.2.3')).toBe('1.2.3');
    const inspected = await readVersion(place('x'), [], { NODE_OPTIONS: '--inspect=9.9.9' });
    expect(inspected).toBe('1.2.3');
    expect(await version('echo "$SHOWN"')).toBeUndefined();
    expect(await readVersion(place('x'), [], { SHOWN: '4.5.6' })).toBe('4.5.6');
    expect(await claudeVersion(place('none'), { PATH: '' })).toEqual({});
  });

  test('the oldest Claude Code that may read a file is the one that is found, where no other runs', async () => {
    const claude = program(place('claude'), 'echo "2.1.300 (Claude Code)"');
    const env = { PATH: '', HOME: root, CLAUDE_CONFIG_DIR: place('config') };
    expect(await oldestClaude(claude, env, [])).toBe('2.1.300');
    expect(await oldestClaude('', env, [])).toBeUndefined();
  });

  test('and where an older one runs, that one', async () => {
    const claude = program(place('claude'), 'echo 2.1.300');
    const running = (version: string): string => {
      const config = place(version);
      mkdirSync(join(config, 'sessions'), { recursive: true });
      const record = { pid: process.pid, sessionId: 's1', cwd: '/p', version };
      writeFileSync(join(config, 'sessions', `${process.pid}.json`), JSON.stringify(record));
      return config;
    };
    const oldest = (setting: string, version: string): Promise<string | undefined> =>
      oldestClaude(setting, { PATH: '', HOME: root, CLAUDE_CONFIG_DIR: running(version) }, []);
    expect(await oldest(claude, '2.1.250')).toBe('2.1.250');
    expect(await oldest(claude, '2.1.331')).toBe('2.1.300');
    expect(await oldest('', '2.1.331')).toBe('2.1.331');
  });
});
