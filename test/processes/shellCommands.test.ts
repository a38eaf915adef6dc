import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { shellCorpus } from '#test/lib/shellCorpus.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

/** Harmless programs that start others, read or print. Nothing else of the machine is on the PATH of a command. */
const REAL =
  `basename base64 bash cat chmod chrt cp cut date diff dirname echo env find flock grep head ionice ls mkdir nice nohup
  printf rev sed setsid sh dash sleep stdbuf tail taskset tee timeout touch tr wc which xargs ln`.split(/\s+/);

/** Git that logs its verb and arguments, and reads the options before them by itself. It has an alias, `m`. */
const GIT = `while [ $# -gt 0 ]; do
  case $1 in
  -C | -c | --git-dir | --work-tree | --namespace | --config-env | --super-prefix) shift 2 ;;
  -*) case $1 in --version | --help) break ;; esac; shift ;;
  *) break ;;
  esac
done
if [ "$1" = m ]; then shift; set -- merge "$@"; fi
log git "$@"`;
/** Programs that start another one and may not be there, as far as the corpus uses them. */
const LAUNCHERS: Record<string, string> = {
  sudo: `while [ $# -gt 0 ]; do
  case $1 in
  --user | -u | -g | -Eu) shift 2 ;;
  --) shift; break ;;
  -*) shift ;;
  *=*) export "$1"; shift ;;
  *) break ;;
  esac
done
exec "$@"`,
  doas: 'if [ "$1" = -u ]; then shift 2; fi; exec "$@"',
  su: 'while [ "$1" != -c ]; do shift; done; exec sh -c "$2"',
  busybox: 'exec "$@"',
  watch: 'case $1 in -n) shift 2 ;; -n*) shift ;; esac; exec sh -c "$*"',
  parallel: 'c=; while [ "$1" != ::: ]; do c="$c $1"; shift; done; shift; exec sh -c "$c $*"',
  npx: 'exec "$@"',
  make: 'git "$1"',
  npm: 'log npm "$@"; if [ "$*" = "run deploy" ]; then exec ./deploy.sh; fi',
};
/** Programs that only log that they ran. */
const LOGGED = ['rm', 'curl', 'gh', 'ssh', 'node', 'python3', 'awk', 'man', 'hg', 'svn', 'git-merge', 'docker'];

const pathOf = (name: string): string | undefined =>
  (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path));

/** A folder with the stubs, which append to a log: one line a call. They need no variable of their own. */
function makeStubs(log: string): string {
  const bin = tempDir();
  const append = `log() { printf '%s' "$*" | '${pathOf('tr')}' '\\n' ' ' >>'${log}'; echo >>'${log}'; }`;
  const script = (name: string, text: string): void => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${append}\n${text}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  script('git', GIT);
  script('log-deploy', 'log deploy "$@"');
  for (const [name, text] of Object.entries(LAUNCHERS)) script(name, text);
  for (const name of LOGGED) script(name, `log ${name} "$@"`);
  for (const name of REAL) {
    const path = pathOf(name);
    if (path !== undefined) symlinkSync(path, join(bin, name));
  }
  return bin;
}

/** A folder in which one command runs. */
function makeFolder(dir: string, bin: string): void {
  for (const name of ['x/y', 'my dir', 'git']) mkdirSync(join(dir, name), { recursive: true });
  writeFileSync(join(dir, 'f'), 'f\n');
  writeFileSync(join(dir, 'deploy.sh'), `#!/bin/sh\n'${bin}/log-deploy' "$@"\n`);
  chmodSync(join(dir, 'deploy.sh'), 0o755);
}

/** Runs every `of`-th command of the corpus; returns those that did otherwise than it has them. */
async function runPart(part: number, of: number): Promise<string[]> {
  const root = tempDir();
  const log = join(root, 'log');
  const bin = makeStubs(log);
  const dirOf = (i: number): string => join(root, String(i));
  const wrong: string[] = [];
  for (const [i, { command, verdict, ran }] of shellCorpus(bin, dirOf).entries()) {
    if (i % of !== part || ['unread', 'broken'].includes(verdict)) continue;
    makeFolder(dirOf(i), bin);
    writeFileSync(log, '');
    const options = {
      cwd: dirOf(i),
      env: { PATH: bin, HOME: dirOf(i) },
      timeout: 120_000,
      killSignal: 'SIGKILL' as const,
    };
    await promisify(execFile)(join(bin, 'bash'), ['-c', command], options).catch(() => undefined);
    const didRun = ran.test(readFileSync(log, 'utf8'));
    if (didRun !== ['runs', 'passes'].includes(verdict))
      wrong.push(`${verdict}, but it ${didRun ? 'ran' : 'did not run'}: ${command.slice(0, 300)}`);
  }
  return wrong;
}

test('no command of the corpus names a program of the machine by its path', () => {
  const paths = /(^|[\s"'=(`])\/(usr|bin|sbin|etc|opt|root|home|lib)/;
  expect(shellCorpus('BIN', () => 'DIR').filter(({ command }) => paths.test(command))).toEqual([]);
});

test('the corpus has what a real bash does with each command', { timeout: 600_000 }, async () => {
  const wrong = await Promise.all([runPart(0, 3), runPart(1, 3), runPart(2, 3)]);
  expect(wrong.flat()).toEqual([]);
});
