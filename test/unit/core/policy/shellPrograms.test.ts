import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shellQuote } from '#core/base/shellQuote.ts';
import { fitCommand } from '#core/policy/shell/commandPattern.ts';
import { readCommand } from '#core/policy/shell/readCommand.ts';

const fit = (command: string) => fitCommand('git merge*', readCommand(command), { cwd: '/p', root: '/p' });

const some = (...texts: string[]): fc.Arbitrary<string> => fc.constantFrom(...texts);

/** A merge as a simple command. */
const merge = fc
  .tuple(
    some('', 'X=1 ', 'GIT_EDITOR="vim -f" ', '2>/dev/null ', '</dev/null '),
    some('git', '"git"', "gi''t", '\\git', '/usr/bin/git', "$'git'", 'gi\\\nt'),
    some('', '-C x', '-c a="b c"', '--git-dir .git', '--no-pager -p', '--work-tree=/x'),
    some('merge', '"merge"', "'mer'ge", '\\merge', "$'mer\\x67e'"),
    some('', 'f', '--no-ff "a b"', '> out', '$BRANCH', '2>&1'),
  )
  .map((parts) => parts.filter((part) => part !== '').join(' '));
const prefix = some(
  'sudo -u me',
  'env -i A=1',
  'timeout -k 5 60',
  'nice -n 5',
  'nohup',
  'command',
  'exec',
  'time -p',
  'stdbuf -oL',
  'xargs -n 1',
  'sudo -E env -u X',
);

/** Each construct around a program; the program stands in lines of its own, since it may end with a heredoc. */
const CONSTRUCTS: readonly ((program: string) => string)[] = [
  (p) => `true\n${p}`,
  (p) => `${p}\ntrue`,
  (p) => `# don't "mind\n${p}`,
  (p) => `cat > f <<'END'\nit's "(\nEND\n${p}`,
  (p) => `if ${p}\nthen :\nfi`,
  (p) => `if true\nthen\n${p}\nfi`,
  (p) => `if false\nthen :\nelif ! {\n${p}\n}\nthen :\nelse :\nfi`,
  (p) => `while ${p}\ndo break\ndone`,
  (p) => `until false\ndo\n${p}\nbreak\ndone`,
  (p) => `for i in a b\ndo\n${p}\ndone`,
  (p) => `case x in\n(x)\n${p}\n;;\nesac`,
  (p) => `f() {\n${p}\n}\nf`,
  (p) => `(\n${p}\n)`,
  (p) => `{\n${p}\n} > log 2>&1`,
  (p) => `{\n${p}\n} | cat`,
  (p) => `! {\n${p}\n} && true`,
  (p) => `echo "a $(\n${p}\n) b"`,
  (p) => `x=$(\n${p}\n)`,
  (p) => `echo \${x:-$(\n${p}\n)}`,
  (p) => `cat <(\n${p}\n)`,
  (p) => `[[ -n $(\n${p}\n) ]]`,
  (p) => `echo $((1 + $(\n${p}\n)))`,
  (p) => `cat <<E${p.length}\n$(\n${p}\n)\nE${p.length}`,
  (p) => `eval ${shellQuote(p)}`,
  (p) => `bash -ec ${shellQuote(p)}`,
  (p) => `sudo -u me sh -c ${shellQuote(p)}`,
  (p) => `echo ${shellQuote(p)} | bash -s`,
  (p) => `sh <<< ${shellQuote(p)}`,
  (p) => `trap ${shellQuote(p)} EXIT`,
  (p) => `bash <<'D${p.length}'\n${p}\nD${p.length}`,
  (p) => `C${p.length}=${shellQuote(p)}\neval "$C${p.length}"`,
];
/** Each makes a text of a program. */
const DATA: readonly ((program: string) => string)[] = [
  (p) => `echo ${shellQuote(p)}`,
  (p) => `printf '%s\\n' ${shellQuote(p)} | cat`,
  (p) => `git commit -m ${shellQuote(p)}`,
  (p) => `X=${shellQuote(p)}`,
  (p) => `grep -r ${shellQuote(p)} .`,
  (p) => `[[ x == ${shellQuote(p)} ]]`,
  (p) => `cat > f <<'D${p.length}'\n${p}\nD${p.length}`,
  (p) => `git commit -m "$(cat <<'D${p.length}'\n${p}\nD${p.length}\n)"`,
  (p) => `true\n${p.replaceAll(/^/gm, '# ')}`,
];
const within = (programs: fc.Arbitrary<string>, most: number): fc.Arbitrary<string> =>
  fc
    .tuple(programs, fc.array(fc.constantFrom(...CONSTRUCTS), { maxLength: most }))
    .map(([program, constructs]) => constructs.reduce((text, construct) => construct(text), program));

const simple = fc.tuple(fc.array(prefix, { maxLength: 2 }), merge).map(([prefixes, command]) =>
  // what starts another program takes no assignments and redirections of the shell before it
  prefixes.length === 0
    ? command
    : [...prefixes, command.replace(/^(?:X=1|GIT_EDITOR="vim -f"|2>\/dev\/null|<\/dev\/null) /, '')].join(' '),
);

test('a merge is held, whatever stands around it', () => {
  fc.assert(
    fc.property(within(simple, 4), (program) => {
      expect(fit(program), program).toEqual({ kind: 'runs' });
    }),
    { numRuns: 500 },
  );
});

test('the text of a merge is not held, whatever stands around it', () => {
  const data = fc.tuple(within(simple, 2), fc.constantFrom(...DATA)).map(([program, asData]) => asData(program));
  fc.assert(
    fc.property(within(data, 3), (program) => {
      expect(fit(program), program).toBeUndefined();
    }),
    { numRuns: 500 },
  );
});

test('anything at all is read, without an error', () => {
  const fragment = some(
    'git merge f',
    '$(',
    '`',
    '"',
    "'",
    '(',
    ')',
    '{',
    '}',
    '${x',
    '<<E\n',
    '\n',
    ';',
    '|',
    'if ',
    'sh -c ',
    '$x',
    'x=',
    '\\',
    '#',
    '((',
    '[[',
    '*',
    '{a,b}',
  );
  fc.assert(
    fc.property(fc.array(fragment, { maxLength: 40 }), (parts) => {
      expect(typeof readCommand(parts.join('')).commands.length).toBe('number');
    }),
    { numRuns: 1000 },
  );
});
