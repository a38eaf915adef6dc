import { describe, expect, test } from 'vitest';
import { readCommand } from '#core/policy/shell/readCommand.ts';

/** The commands of a text, as their program gets them; `¿` stands for what is known only when they run. */
const commands = (text: string): string[][] =>
  readCommand(text).commands.map((argv) => argv.map(({ shape }) => shape.replaceAll('\0', '¿')));
const only = (text: string): string[] | undefined => commands(text).find(([program]) => program === 'x');

describe('braces', () => {
  test.each([
    ['x {a,b}', ['x', 'a', 'b']],
    ['x s{a,b}e', ['x', 'sae', 'sbe']],
    ['x {a,}', ['x', 'a']],
    ['x {a,{b,c}}', ['x', 'a', '¿']],
    ['x {{a,b},c}', ['x', '¿', 'c']],
    ['x {"a,b",c}', ['x', 'a,b', 'c']],
    ["x {'a,b',c}", ['x', 'a,b', 'c']],
    ['x {a\\,b,c}', ['x', 'a,b', 'c']],
    ['x {1..3}', ['x', '1', '2', '3']],
    ['x {3..1}', ['x', '3', '2', '1']],
    ['x {-1..1}', ['x', '-1', '0', '1']],
    ['x {a..c}', ['x', 'a', 'b', 'c']],
    ['x {c..a}', ['x', 'c', 'b', 'a']],
    ['x {2..2}', ['x', '2']],
    ['x {a,b}{1,2}', ['x', 'a1', 'a2', 'b1', 'b2']],
    ['x {1..64}', ['x', ...Array.from({ length: 64 }, (_, i) => String(i + 1))]],
    ['x {1..65}', ['x', '¿']],
    [`x ${'{a,b}'.repeat(7)}`, ['x', '¿']],
    ['x {a', ['x', '{a']],
    ['v=1; x {$v,2}', ['x', '1', '2']],
  ])('%s', (text, argv) => expect(only(text)).toEqual(argv));
});

describe('variables that the text assigns', () => {
  test.each([
    ['v=a; x $v', ['x', 'a']],
    ['v="a b"; x $v "$v"', ['x', 'a', 'b', 'a b']],
    ['v=; x a$v $v', ['x', 'a']],
    ['v=; x "$v"', ['x', '']],
    ['x $v', ['x', '¿']],
    ['x "a$v"', ['x', 'a¿']],
    ['read v; x $v', ['x', '¿']],
    ['v=(a b); x "${v[@]}"', ['x', 'a', 'b']],
    ['v=(a b); x ${v[*]}', ['x', 'a', 'b']],
    ['v=(a b); x $v', ['x', 'a']],
    ['v=(); x a$v', ['x', 'a']],
    ['v=(a b); x ${v[1]}', ['x', '¿']],
    ['v=(a b); x "${v[@]:1}"', ['x', '¿']],
    ['v=a; x ${v[@]}', ['x', '¿']],
    ['v=(a); v=(b); x ${v[@]}', ['x', '¿']],
    ['v=a; x ${!v}', ['x', '¿']],
    ['v=a; x ${v%b}', ['x', '¿']],
    ['v=a; x ${v}', ['x', 'a']],
    ['v=$v; x $v', ['x', '¿']],
    ['for v in a; do x $v; done', ['x', 'a']],
    ["bash -c 'x $1 \"$@\"' bash a 'b c'", ['x', 'a', 'a', 'b c']],
    ["bash -c 'set -- z; x $1' bash a", ['x', '¿']],
    ["bash -c 'shift; x $1' bash a", ['x', '¿']],
    ['x $1', ['x', '¿']],
    ['x $\'a\\tb\' $"c"', ['x', 'a\tb', 'c']],
  ])('%s', (text, argv) => expect(only(text)).toEqual(argv));

  test('that has several values makes a command of each', () => {
    expect(commands('for v in a b; do x $v; done')).toEqual([
      ['x', 'a'],
      ['x', 'b'],
    ]);
    expect(commands('v=a; v=b; x $v')).toEqual([
      ['x', 'a'],
      ['x', 'b'],
    ]);
    expect(commands('x ${v:-a}')).toEqual([
      ['x', '¿'],
      ['x', 'a'],
    ]);
    expect(commands('v=a; v+=b; x $v')).toEqual([
      ['x', 'a'],
      ['x', '¿'],
    ]);
    // more than are looked at
    const many = Array.from({ length: 40 }, (_, i) => `v=${i};`).join('');
    expect(commands(`${many} x $v`)).toHaveLength(16);
    expect(commands(`${many} x $v $v`).at(-1)?.[0]).toBe('x');
  });
});

describe('what a command prints', () => {
  test.each([
    ['x $(echo a b)', ['x', 'a', 'b']],
    ['x "$(echo a b)"', ['x', 'a b']],
    ['x $(echo -n a)', ['x', 'a']],
    ['x $(echo -e -E a)', ['x', 'a']],
    ['x $(echo -a)', ['x', '-a']],
    ['x $(echo)', ['x']],
    ['x "$(echo \'a\\tb\\\\c\\x41\\101\')"', ['x', 'a\tb\\cAA']],
    ['x "$(printf \'a\\nb\')"', ['x', 'a\nb']],
    ["x $(printf '%s-%s' a b)", ['x', 'a-b']],
    ["x $(printf '%s.' a b)", ['x', 'a.b.']],
    ["x $(printf '%d%%' 5)", ['x', '5%']],
    ["x $(printf '%s%s' a)", ['x', 'a']],
    [`x $(printf '%s' ${'a '.repeat(21)})`, ['x', '¿']],
    ['x $(printf)', ['x', '¿']],
    ['x $(printf $f a)', ['x', '¿']],
    ['x $(which a)', ['x', 'a']],
    ['x $(command -v a)', ['x', 'a']],
    ['x $(type -P a)', ['x', 'a']],
    ['x $(type a)', ['x', '¿']],
    ['x $(command -v)', ['x', '¿']],
    ['x $(/bin/echo a)', ['x', 'a']],
    ['x $(cat <<< a)', ['x', 'a']],
    ['x $(cat - <<< "a b")', ['x', 'a', 'b']],
    ['x $(cat a)', ['x', '¿']],
    ['x $(cat <<E\na\nE\n)', ['x', 'a']],
    ['x $(date)', ['x', '¿']],
    ['x $(echo a; echo b)', ['x', '¿']],
    ['x $(echo a | cat)', ['x', '¿']],
    ['x $(echo a && echo b)', ['x', '¿']],
    ['x `echo a`', ['x', 'a']],
    ['v=$(echo a); x $v', ['x', 'a']],
    ['echo -e "x a" | sh', ['x', 'a']],
    ['printf "x %s" a | sh', ['x', 'a']],
    ["sh <<'E'\nx a\nE", ['x', 'a']],
    ['v=a; sh <<E\nx $v\nE', ['x', 'a']],
    ["v=a; sh <<'E'\nx $v\nE", ['x', 'a']],
  ])('%j', (text, argv) => expect(only(text)).toEqual(argv));
});

describe('the words of a command that xargs starts', () => {
  test.each([
    ['echo a b | xargs x', ['x', 'a', 'b']],
    ['echo a | xargs -I{} x {} c', ['x', 'a', 'c']],
    ['echo a | xargs -I % x c%', ['x', 'ca']],
    ['echo a | xargs -i x {}', ['x', 'a']],
    ['echo a | xargs --replace=R x R', ['x', 'a']],
    ['echo a | xargs -n 1 -P4 x', ['x', 'a']],
    ['ls | xargs x', ['x', '¿']],
    ['ls | xargs -I{} x {}.b', ['x', '¿.b']],
    ['find . -exec x {} +', ['x', '¿']],
    ['find . -execdir x a{} \\; -print', ['x', 'a¿']],
    ['fd a -x x {}', ['x', '¿']],
    ['parallel x ::: a', ['x', 'a']],
  ])('%s', (text, argv) => expect(only(text)).toEqual(argv));
});

describe('the files that a text writes', () => {
  const written = (text: string): string[] => readCommand(text).redirects.map((field) => field.text);
  test.each([
    ['x > a', ['a']],
    ['x >> a 2> b', ['a', 'b']],
    ['x &> a', ['a']],
    ['x >& a', ['a']],
    ['x 2>&1', []],
    ['x >&2', []],
    ['x >&-', []],
    ['x <&3', []],
    ['x < a', []],
    ['x <> a', ['a']],
    ['{ x; } > a', ['a']],
    ['v=a; x > $v', ['a']],
    ['x > {a,b}', ['a', 'b']],
  ])('%s', (text, files) => expect(written(text)).toEqual(files));
});
