import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { mergeCommits } from '#core/base/gitMerge.ts';
import { sized } from '#test/lib/stress/size.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

const PROGRAM = execFileSync('sh', ['-c', 'command -v git']).toString().trim();
const SETTINGS = ['user.name=t', 'user.email=t@example.org', 'protocol.file.allow=always'].flatMap((each) => [
  '-c',
  each,
]);

const git = (folder: string, ...args: string[]): string =>
  execFileSync(PROGRAM, [...SETTINGS, ...args], {
    cwd: folder,
    stdio: 'pipe',
    env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' },
  }).toString();

const NAMES = ['a.ts', 'b.ts', 'dir/c.ts', 'dir/d.bin', 'two\nlines.ts', 'dir'];
const lines = (changed: readonly number[], by: string): string =>
  Array.from({ length: 20 }, (_, i) => (changed.includes(i) ? `${by} ${i}` : `line ${i}`)).join('\n');

/** What one of the two does to a file. */
const step = fc.oneof(
  fc.record({
    kind: fc.constant('write' as const),
    name: fc.constantFrom(...NAMES),
    lines: fc.array(fc.nat(19), { maxLength: 3 }),
    same: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('delete' as const), name: fc.constantFrom(...NAMES) }),
  fc.record({
    kind: fc.constant('rename' as const),
    name: fc.constantFrom(...NAMES),
    to: fc.constantFrom('e.ts', 'dir/f.ts', 'g/h.ts'),
  }),
  fc.record({ kind: fc.constant('mode' as const), name: fc.constantFrom(...NAMES) }),
  fc.record({
    kind: fc.constant('link' as const),
    name: fc.constantFrom(...NAMES),
    to: fc.constantFrom('a.ts', 'b.ts'),
  }),
  fc.record({ kind: fc.constant('binary' as const), name: fc.constantFrom('dir/d.bin', 'new.bin'), byte: fc.nat(2) }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function apply(folder: string, each: Step, by: string): void {
  const path = join(folder, each.name);
  try {
    mkdirSync(dirname(path), { recursive: true });
    if (each.kind === 'write') writeFileSync(path, lines(each.lines, each.same ? 'x' : by));
    else if (each.kind === 'binary') writeFileSync(path, Buffer.from([0, each.byte, 7]));
    else if (each.kind === 'mode') chmodSync(path, 0o755);
    else if (each.kind === 'delete') rmSync(path, { recursive: true });
    else if (each.kind === 'link') {
      rmSync(path, { recursive: true, force: true });
      symlinkSync(each.to, path);
    } else {
      mkdirSync(dirname(join(folder, each.to)), { recursive: true });
      git(folder, 'mv', each.name, each.to);
    }
  } catch {
    // a file in the place of a folder, or no file there
  }
}

/** What `git merge` does in a clone: the files that it leaves unmerged, or none. */
function merged(clone: string, first: string, second: string): 'clean' | string[] {
  git(clone, 'checkout', '-q', '--force', '--detach', first);
  git(clone, 'clean', '-q', '-ffdx');
  try {
    git(clone, 'merge', '-q', '--no-edit', second);
    return 'clean';
  } catch {
    const rows = git(clone, 'ls-files', '--unmerged', '-z').split('\0').filter(Boolean);
    git(clone, 'reset', '-q', '--hard');
    return [...new Set(rows.map((row) => row.split('\t').slice(1).join('\t')))].toSorted();
  }
}

test('what is foreseen is what git merge does in a clone', async () => {
  const root = realpathSync(tempDir('fermata-foresight-'));
  const origin = join(root, 'origin');
  mkdirSync(join(origin, 'dir'), { recursive: true });
  git(origin, 'init', '-q', '-b', 'main');
  for (const name of NAMES.filter((each) => each.includes('.'))) writeFileSync(join(origin, name), lines([], ''));
  writeFileSync(join(origin, 'dir', 'd.bin'), Buffer.from([0, 1, 2]));
  git(origin, 'add', '-A');
  git(origin, 'commit', '-q', '-m', 'base');
  const seen = { clean: 0, conflict: 0 };
  const clone = join(root, 'clone');
  git(root, 'clone', '-q', '--shared', origin, clone);
  const steps = fc.array(step, { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(steps, steps, async (first, second) => {
      const commits = Object.entries({ one: first, two: second }).map(([by, all]) => {
        git(origin, 'checkout', '-q', '--force', '--detach', 'main');
        git(origin, 'clean', '-q', '-ffdx');
        for (const each of all) apply(origin, each, by);
        git(origin, 'add', '-A');
        git(origin, 'commit', '-q', '--allow-empty', '-m', by);
        return git(origin, 'rev-parse', 'HEAD').trim();
      });
      const [one = '', two = ''] = commits;
      const before = readdirSync(join(origin, '.git', 'objects')).length;
      const foreseen = await mergeCommits({ root: origin, program: PROGRAM }, join(origin, '.git'), [one, two]);
      expect(readdirSync(join(origin, '.git', 'objects'))).toHaveLength(before);
      const real = merged(clone, one, two);
      if (real === 'clean') expect(foreseen).toEqual({ answer: 'clean' });
      else {
        expect(foreseen.answer).toBe('conflict');
        // git merge gives a second name to one of two kinds of things, by the name of its side
        const plain = (names: readonly string[]): string[] =>
          [...new Set(names.map((name) => name.replace(/~(HEAD|[0-9a-f]{7,40})(_\d+)?$/, '')))].toSorted();
        expect(plain(foreseen.answer === 'conflict' ? foreseen.files : [])).toEqual(plain(real));
      }
      seen[real === 'clean' ? 'clean' : 'conflict']++;
    }),
    { numRuns: sized(15, 60), seed: 1 },
  );
  // each kind of pair was among them
  expect(Math.min(seen.clean, seen.conflict)).toBeGreaterThan(0);
}, 600_000);
