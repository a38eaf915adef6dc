import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { INSTALL_EXIT, installScript, programsArchive, SCRIPT_ANSWER } from '#core/install/remoteInstall.ts';
import { installRuntime, missingPrograms, PROGRAMS } from '#core/install/runtimeFiles.ts';
import { tarArchive } from '#core/install/tarArchive.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

let root: string;

beforeEach(() => {
  root = tempDir();
});

/** The files below a folder, each with its text and mode. */
const filesBelow = (folder: string): Record<string, [string, number]> =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry): [string, [string, number]] => {
        const path = join(entry.parentPath, entry.name);
        return [relative(folder, path), [readFileSync(path, 'latin1'), statSync(path).mode & 0o777]];
      })
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );

describe('an archive', () => {
  const unpack = (archive: Buffer): { status: number | null; stderr: string } =>
    spawnSync('tar', ['-xpf', '-', '-C', root], { input: archive, encoding: 'utf8' });

  test('is unpacked by tar to the same bytes and modes, whatever their number', () => {
    const data = [0, 1, 511, 512, 513, 9000].map((size) => Buffer.alloc(size, `${size} é`));
    const files = data.map((bytes, i) => ({ name: `a/${i}`, data: bytes, mode: i % 2 === 0 ? 0o755 : 0o600 }));
    const archive = tarArchive(files);
    expect(archive.length % 512).toBe(0);
    expect(unpack(archive)).toMatchObject({ status: 0, stderr: '' });
    expect(filesBelow(root)).toEqual(
      Object.fromEntries(files.map(({ name, data, mode }) => [name, [data.toString('latin1'), mode]])),
    );
    // two empty blocks are its end
    expect(archive.subarray(-1024).every((byte) => byte === 0)).toBe(true);
    expect(tarArchive(files)).toEqual(archive);
  });

  test('names neither a person nor a time', () => {
    const { stdout } = spawnSync('tar', ['--numeric-owner', '--utc', '-tvf', '-'], {
      input: tarArchive([{ name: 'x', data: Buffer.from('abc'), mode: 0o644 }]),
      encoding: 'utf8',
    });
    expect(stdout).toMatch(/^-rw-r--r-- 0\/0 +3 1970-01-01 00:00 x\n$/);
  });

  test('has names of up to a hundred bytes, and refuses a longer one', () => {
    const file = (name: string) => ({ name, data: Buffer.from('x'), mode: 0o644 });
    const longest = 'n'.repeat(100);
    expect(unpack(tarArchive([file(longest)])).status).toBe(0);
    expect(readFileSync(join(root, longest), 'utf8')).toBe('x');
    expect(() => tarArchive([file(`é${'n'.repeat(99)}`)])).toThrow(`too long for an archive: é${'n'.repeat(99)}`);
  });
});

describe('the programs of a home on another machine', () => {
  let home: string;
  let there: string;
  let bin: string;

  beforeEach(() => {
    const distDir = join(root, 'dist');
    mkdirSync(join(distDir, 'hooks', 'clients'), { recursive: true });
    for (const { built } of PROGRAMS) writeFileSync(join(distDir, built), `// ${built}`);
    home = join(root, 'here');
    installRuntime({ home, distDir, nodePath: process.execPath, version: '1.2.3' });
    there = join(root, 'there');
    bin = join(root, 'bin');
    mkdirSync(there);
    mkdirSync(bin);
  });

  /** A program that answers as Node does. */
  function node(folder: string, major: string): string {
    mkdirSync(folder, { recursive: true });
    const path = join(folder, 'node');
    const body = `case $2 in process.execPath) echo '${path}' ;; *) echo '${major}' ;; esac`;
    writeFileSync(path, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
    return path;
  }

  /** What the shell of the other machine does with the script and the archive. */
  function run({ places = [] as string[], input = programsArchive(home), env = {}, path = '/usr/bin:/bin' } = {}) {
    // a Node of this machine is in none of these folders
    for (const name of ['sh', 'mkdir', 'rm', 'mv', 'tar', 'cat', 'tail']) {
      const real = ['/bin', '/usr/bin'].map((dir) => join(dir, name)).find((each) => existsSync(each));
      if (path !== '' && real !== undefined)
        writeFileSync(join(bin, name), `#!/bin/sh\nexec ${real} "$@"\n`, { mode: 0o755 });
    }
    const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', installScript(places)], {
      input,
      encoding: 'utf8',
      env: { HOME: there, PATH: bin, SHELL: '/nowhere/sh', ...env },
    });
    return { status, stdout, stderr };
  }

  test('are what this one has, but for its Node, and stand in the person’s home for the person alone', () => {
    const found = node(join(root, 'usual'), '22');
    expect(run({ places: [found] })).toEqual({ status: 0, stdout: `${SCRIPT_ANSWER} ${there}/.fermata\n`, stderr: '' });
    const { runtime, ...sent } = filesBelow(join(there, '.fermata'));
    const { runtime: _, ...own } = filesBelow(home);
    expect(runtime?.[0]).toBe(`${found}\n`);
    expect(Object.keys(sent)).toEqual(Object.keys(own));
    for (const [name, [text, mode]] of Object.entries(own)) {
      expect(sent[name]?.[0], name).toBe(text);
      expect((sent[name]?.[1] ?? 0) & 0o700, name).toBe(mode & 0o700);
    }
    expect(missingPrograms(join(there, '.fermata'))).toEqual([]);
    expect(statSync(join(there, '.fermata')).mode & 0o777).toBe(0o700);
    expect(existsSync(join(there, '.fermata', 'cache'))).toBe(true);
    expect(readdirSync(join(there, '.fermata')).filter((name) => name.startsWith('installing'))).toEqual([]);
  });

  test('stand where FERMATA_HOME is, and a second time in place of the first', () => {
    const elsewhere = join(there, 'elsewhere');
    const places = [node(join(root, 'usual'), '20')];
    const env = { FERMATA_HOME: elsewhere };
    expect(run({ places, env }).stdout).toBe(`${SCRIPT_ANSWER} ${elsewhere}\n`);
    writeFileSync(join(elsewhere, 'version'), 'older\n');
    mkdirSync(join(elsewhere, 'installing.1'));
    expect(run({ places, env }).status).toBe(0);
    expect(readFileSync(join(elsewhere, 'version'), 'utf8')).toBe('1.2.3\n');
    expect(existsSync(join(elsewhere, 'installing.1'))).toBe(false);
    expect(existsSync(join(there, '.fermata'))).toBe(false);
  });

  test.each<[string, () => string[], () => string]>([
    ['the one on PATH', () => [node(join(root, 'usual'), '22')], () => node(bin, '21')],
    [
      'the first that is new enough',
      () => [node(join(root, 'old'), '18'), node(join(root, 'usual'), '22')],
      () => join(root, 'usual', 'node'),
    ],
    ['one of nvm', () => [], () => node(join(there, '.nvm', 'versions', 'node', 'v22.0.0', 'bin'), '22')],
    [
      'one that says what it is',
      () => [node(join(root, 'odd'), 'beta'), node(join(root, 'usual'), '22')],
      () => join(root, 'usual', 'node'),
    ],
  ])('are run by %s', (_, placesOf, expectedOf) => {
    const places = placesOf();
    const expected = expectedOf();
    expect(run({ places }).status).toBe(0);
    expect(readFileSync(join(there, '.fermata', 'runtime'), 'utf8')).toBe(`${expected}\n`);
  });

  test('are run by the Node that a login shell finds', () => {
    const found = node(join(root, 'login'), '22');
    const shell = join(root, 'shell');
    writeFileSync(
      shell,
      `#!/bin/sh\necho welcome\n[ "$1" = -lc ] && [ "$2" = 'command -v node' ] && echo '${found}'\n`,
      { mode: 0o755 },
    );
    expect(run({ env: { SHELL: shell } }).status).toBe(0);
    expect(readFileSync(join(there, '.fermata', 'runtime'), 'utf8')).toBe(`${found}\n`);
  });

  test.each<[string, () => Parameters<typeof run>[0], number, () => string]>([
    ['no Node', () => ({}), INSTALL_EXIT.noNode, () => bin],
    [
      'a Node that is too old',
      () => ({ places: [node(join(root, 'old'), '19')] }),
      INSTALL_EXIT.oldNode,
      () => `${join(root, 'old', 'node')} (19)`,
    ],
    [
      'no tar',
      () => {
        const places = [node(join(root, 'usual'), '22')];
        for (const name of ['sh', 'mkdir', 'rm'])
          writeFileSync(join(bin, name), `#!/bin/sh\nexec /bin/${name} "$@"\n`, { mode: 0o755 });
        return { places, path: '' };
      },
      INSTALL_EXIT.noTar,
      () => bin,
    ],
    [
      'a file in the place of the home',
      () => {
        writeFileSync(join(there, '.fermata'), '');
        return { places: [node(join(root, 'usual'), '22')] };
      },
      INSTALL_EXIT.readOnly,
      () => join(there, '.fermata'),
    ],
    [
      'a file in the place of a folder of programs',
      () => {
        mkdirSync(join(there, '.fermata'));
        writeFileSync(join(there, '.fermata', 'lib'), '');
        return { places: [node(join(root, 'usual'), '22')] };
      },
      INSTALL_EXIT.readOnly,
      () => join(there, '.fermata'),
    ],
    [
      'a connection that is cut at once',
      () => ({ places: [node(join(root, 'usual'), '22')], input: Buffer.alloc(0) }),
      INSTALL_EXIT.incomplete,
      () => join(there, '.fermata'),
    ],
    [
      'an archive without its last file',
      () => ({
        places: [node(join(root, 'usual'), '22')],
        input: tarArchive([{ name: 'x', data: Buffer.from('x'), mode: 0o644 }]),
      }),
      INSTALL_EXIT.incomplete,
      () => join(there, '.fermata'),
    ],
  ])('are refused with a reason where there is %s, and nothing is left behind', (_, begin, code, about) => {
    const { status, stdout, stderr } = run(begin());
    expect(stderr.trimEnd().split('\n').at(-1)).toBe(`${SCRIPT_ANSWER} ${about()}`);
    expect([status, stdout]).toEqual([code, '']);
    expect(existsSync(join(there, '.fermata', 'version'))).toBe(false);
    expect(readdirSync(there, { recursive: true }).filter((name) => String(name).includes('installing'))).toEqual([]);
  });

  test('are not sent where one is missing, which is named', () => {
    rmSync(join(home, 'version'));
    expect(() => programsArchive(home)).toThrow(
      `${join(home, 'version')} is missing: install Fermata's hooks again ("fermata install")`,
    );
    rmSync(join(home, 'hooks', 'hook.cjs'));
    expect(() => programsArchive(home)).toThrow(`${join(home, 'hooks', 'hook.cjs')} is missing`);
  });

  test('are sent with the modes that they need, whatever they have here', () => {
    chmodSync(join(home, 'bin', 'fermata'), 0o600);
    expect(run({ places: [node(join(root, 'usual'), '22')] }).status).toBe(0);
    for (const name of ['bin/fermata', 'bin/claude-code-hook', 'hooks/gate.sh'])
      expect(statSync(join(there, '.fermata', name)).mode & 0o111, name).not.toBe(0);
  });
});
