import { describe, expect, test } from 'vitest';
import { awaitedCommands, shownOf } from '#core/policy/shell/provenCommand.ts';

const seen = (text: string, awaited = 'npm test', cwd = '/p'): string | undefined => {
  const shown = shownOf(awaited, text, { cwd, root: '/p' });
  return shown === undefined ? undefined : shown.shown ? 'shown' : shown.why;
};

const AROUND = 'what is around it hides how it ended';
const ELSEWHERE = 'it ran in another folder';
const SOMEWHERE = 'in which folder it ran is not known';

describe('exit code 0 of a text shows that the command in it ended with 0', () => {
  test.each([
    'npm test',
    'CI=1 npm test',
    'npm test > log.txt 2>&1',
    'cd /p && npm test',
    'cd .. && cd p && npm test',
    'cd /p; npm test',
    'echo a; npm test',
    'npm test && echo ok',
    'npm test && git add -A && git commit -m done',
    'npm test || exit 1',
    'npm test || { echo failed; exit 1; }; echo ok',
    'set -e; npm test; echo ok',
    'set -euo pipefail\nnpm test | tee log',
    'set -o pipefail && npm test 2>&1 | tail -20',
    'npm test | tee log; exit ${PIPESTATUS[0]}',
    '(cd /p && npm test)',
    '{ npm test; }',
    'if npm test; then echo ok; else exit 1; fi',
    'timeout 60 npm test',
    'env CI=1 npm test',
    'time npm test',
    "bash -c 'npm test'",
    "bash -ec 'npm test; echo ok'",
    "bash -o pipefail -c 'npm test | tail'",
    'exec npm test',
    'npm test; exit $?',
    'check() { npm test; }; check',
    'eval "npm test"',
    'source .env && npm test',
    'trap "rm -f log" EXIT; npm test',
    'trap "exit 1" INT TERM; npm test',
    'run() { npm test || return 1; echo ok; }; run',
    'for x in 1 2; do break; done; npm test',
    'fermata with-lock db -- npm test',
    'flock -n /tmp/lock npm test',
    'npm run lint && npm test',
    'sed -i s/a/b/ x && npm test',
    '{ npm test; } > log',
    '[[ -f a ]] && npm test',
    '((x > 1)); npm test',
    'for ((i = 0; i < 2; i++)); do :; done; npm test',
    'select x in a; do break; done; npm test',
    'case $x in a) echo a;; *) echo b;; esac; npm test',
    'case $x in a) exit 1;; esac; npm test',
    'npm test; exit',
    'npm test | tee log; exit $PIPESTATUS',
    'exec 2>&1; npm test',
    'trap; npm test',
    'trap - EXIT; npm test',
    'trap "echo bye" EXIT; npm test',
    'npm test && echo x >&2',
    'npm test && echo x > /dev/null',
    'npm test && echo x 2>&1 1>&-',
    'npm test && cat < a',
    'npm test && git status && git push',
    'coproc cat; npm test',
    'run() { npm test; return; }; run',
    'run() { return 1; }; run; npm test',
    'pushd /p && npm test',
    'cd -P /p && npm test',
    'if true; then npm test; else npm test; fi',
    'set -o errexit; npm test; echo ok',
    'set -oe pipefail; npm test | cat',
    'set -e; set +e; true; npm test',
    'sudo -u me npm test',
    'flock lock npm test',
    'nice -n 5 env A=1 npm test',
    'npm test && npm test',
    '! false && npm test',
    '! ! npm test',
  ])('%s', (text) => expect(seen(text)).toBe('shown'));
});

describe('it does not where something hides how the command ended', () => {
  test.each([
    'npm test || true',
    'npm test || echo failed',
    'npm test; echo done',
    'npm test; true',
    'npm test | tee log',
    'npm test 2>&1 | tail -5',
    'npm test &',
    'npm test & wait',
    '! npm test',
    'npm test; exit 0',
    'if npm test; then echo ok; fi',
    'if npm test; then echo ok; else echo no; fi',
    'while npm test; do break; done',
    'for x in 1 2; do npm test; done',
    'set -e; npm test && echo ok; echo done',
    'set -e; if npm test; then :; fi; echo done',
    'trap "exit 0" EXIT; npm test',
    "bash -c 'npm test; echo ok'",
    'npm test && sed -i s/a/b/ src/a.ts',
    'npm test && echo x > src/a.ts',
    'npm test && node build.js',
    '(cd x; npm test)',
    'run() { npm test; return 0; }; run',
    'npm test && exit 0; run() { return 0; false; }; run',
    'npm test && exit 0; { set -e; false; true; } && exit 0',
    'npm test && exit 0; if false; then :; fi && exit $?',
    'npm test && exit 0; trap "exit 0" EXIT; exit 1',
    'end() { exit 0; }; trap end EXIT; npm test',
    'trap end EXIT; end() { exit 0; }; npm test',
    'npm test; for x in 1; do npm test || break; exit 1; done',
    'false && run() { exit 1; }; run; npm test && exit 0; run || true',
    '{ npm test; } > log; echo done',
    'npm test; [[ -f a ]]',
    'npm test; ((x > 1))',
    'case $x in a) npm test;; esac',
    'for ((i = 0; i < 2; i++)); do npm test; done',
    'select x in a; do npm test; done',
    'npm test; exit 1',
    'npm test; exit 256',
    'npm test; exit $CODE',
    'npm test | tee log; echo done; exit ${PIPESTATUS[0]}',
    'cat log | npm test; exit ${PIPESTATUS[0]}',
    'npm test; return',
    'npm test; break',
    'for x in 1; do break 2; done; npm test',
    'npm test && echo x &> log',
    'npm test && cd src && echo x >a.ts',
    'npm test && make',
    'npm test && $TOOL',
    'npm test && git checkout .',
    'npm test && find . -delete',
    'npm test & echo ok',
    'set -e; npm test | tee log',
    'set -e; set +e; npm test; echo ok',
    'set +o pipefail; npm test | tee log',
    'set -- -e; npm test; echo ok',
    'set x -e; npm test; echo ok',
    'set -e +oe pipefail; npm test; echo ok',
    "bash -e -c 'npm test | cat'",
    "bash -c 'set -e; npm test' || true",
    'eval "npm test; true"',
    'run() { npm test; }; run || true',
    'run() { npm test; }; run() { true; }; run',
    'while true; do cd x; done; npm test',
    'trap "exit 0" ERR; npm test',
    'trap "exit 0" "$SIGNAL"; npm test',
    'if npm test; then exit 0; fi',
    'env -C x npm test; npm test; true',
    'popd; npm test',
    'cd x; npm test',
  ])('%s', (text) => expect(seen(text)).toBe(AROUND));
});

describe('another command, or the same in another folder, is none', () => {
  test.each([
    'exit 0; npm test',
    'run() { return 0; npm test; }; run',
    'true || npm test',
    'fermata spawn -- npm test',
    'flock -n -E 0 /tmp/lock npm test',
    'npm() { true; }; npm test',
    'npm test -- --foo',
    'npm run test',
    'npm tests',
    'echo npm test',
    'echo "npm test"',
    'git commit -m "npm test"',
    'coproc npm test',
    'env -C x npm test',
    'false && npm test',
    'npm $X',
    'npm "te*st"',
    '{npm,yarn} test',
  ])('%s', (text) => expect(seen(text)).toBeUndefined());
  test.each(['cd x && npm test', 'pushd x && npm test', '(cd x && npm test)', "bash -c 'cd x && npm test'"])(
    '%s',
    (text) => expect(seen(text)).toBe(ELSEWHERE),
  );
  test.each([
    'cd $X && npm test',
    'cd - && npm test',
    'cd && npm test',
    'cd a b && npm test',
    'cd ~x && npm test',
    'cd $X && cd y && npm test',
  ])('%s', (text) => expect(seen(text)).toBe(SOMEWHERE));
  test('the folder of the shell counts', () => {
    expect(seen('npm test', 'npm test', '/p/x')).toBe(ELSEWHERE);
    expect(seen('npm test', 'cd x && npm test', '/p/x')).toBe('shown');
    expect(seen('cd /p/x && npm test', 'cd x && npm test')).toBe('shown');
  });
});

test('words may follow where the condition ends with a star, and no others count', () => {
  expect(seen('npm test -- --foo', 'npm test *')).toBe('shown');
  expect(seen('npm test', 'npm test *')).toBe('shown');
  expect(seen('npm tests', 'npm test *')).toBeUndefined();
});

test('an option of the command is none of what starts it', () => {
  expect(seen('timeout 60 make -C web test', 'make -C web test')).toBe('shown');
  expect(seen('env -C web make test', 'make test')).toBeUndefined();
});

test('of several commands all have to be shown', () => {
  const both = 'npm run lint && npm test';
  expect(seen(both, both)).toBe('shown');
  expect(seen('npm test', both)).toBe(AROUND);
  expect(seen('npm run lint; npm test', both)).toBe(AROUND);
  expect(seen('npm test && npm run lint', both)).toBe('shown');
});

test('only commands that are joined by && can be awaited', () => {
  for (const text of [
    '',
    'npm test; x',
    'npm test | tee x',
    'npm test || true',
    'npm test &',
    '$TESTS',
    'npm test > x',
    "'",
  ])
    expect(awaitedCommands(text, '/p'), text).toBeUndefined();
  expect(awaitedCommands('cd x && npm test', '/p')).toMatchObject([{ dir: '/p/x' }]);
});

test('a text with too much in it shows nothing, soon', () => {
  const text = `${'if a; then cd b; else cd c; fi; '.repeat(200)} npm test`;
  expect(seen(text)).not.toBe('shown');
  expect(seen(`${'('.repeat(300)}npm test${')'.repeat(300)}`)).not.toBe('shown');
});
