import fc from 'fast-check';
import { parse, type ParseError } from 'jsonc-parser';
import { describe, expect, test } from 'vitest';
import { firstNonJsonLine, MAX_FILE_DEPTH, parseJsonc } from '#core/base/jsonc.ts';

const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;

describe('depth', () => {
  test.each([
    ['', ''],
    ['// a comment\n', ''],
    ['', ',]'],
  ])('is allowed up to a bound, and beyond it has a place (%j … %j)', (before, after) => {
    const text = (depth: number): string => {
      const inner = nested(depth);
      return before + (after === '' ? inner : `${inner.slice(0, -depth)}1${after}${inner.slice(-depth + 1)}`);
    };
    expect(parseJsonc(text(MAX_FILE_DEPTH)).ok).toBe(true);
    for (const depth of [MAX_FILE_DEPTH + 1, 100_000])
      expect(parseJsonc(text(depth))).toEqual({
        ok: false,
        problem: {
          message: 'This is nested more than 100 deep',
          line: before === '' ? 1 : 2,
          column: MAX_FILE_DEPTH + 1,
        },
      });
  });

  test('brackets in comments and texts do not count', () => {
    const text = `// ${'['.repeat(500)} "\n{"a": "${'{'.repeat(500)}" /* ${'['.repeat(500)} */ }`;
    expect(parseJsonc(text)).toMatchObject({ ok: true, value: { a: '{'.repeat(500) } });
  });
});

test('the first comment or trailing comma has a line', () => {
  expect(firstNonJsonLine('{"a": 1}')).toBeUndefined();
  expect(firstNonJsonLine('{"a": 1,\n"b": "//"\n}')).toBeUndefined();
  expect(firstNonJsonLine('{"a": 1,\n "b": [1,\n2,\n], // here\n}')).toBe(3);
  expect(firstNonJsonLine('{"a": 1 /* here */}')).toBe(1);
});

test('nothing but blanks and comments is no value', () => {
  for (const text of ['', ' \r\n', '// a', '/* a */\n'])
    expect(parseJsonc(text)).toMatchObject({ ok: true, value: undefined });
});

test('what it accepts and what it makes of it is what jsonc-parser does', () => {
  const blank = fc.constantFrom('', ' ', '\n', '\r\n', '// c\n', '/* [{" */', '\t');
  const piece = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ',',
    ':',
    '"a"',
    '"b\\n"',
    '1',
    '-2.5e3',
    'true',
    'null',
    '"',
    "'",
    '01',
    'x',
    '/*',
    '\\',
  );
  const mutated = fc
    .tuple(
      fc.jsonValue({ maxDepth: 3 }),
      fc.array(fc.tuple(fc.nat(), fc.oneof(piece, blank), fc.nat(1)), { maxLength: 3 }),
    )
    .map(([value, edits]) =>
      edits.reduce(
        (text, [at, insert, remove]) => {
          const position = at % (text.length + 1);
          return text.slice(0, position) + insert + text.slice(position + remove);
        },
        JSON.stringify(value, null, 1),
      ),
    );
  const tokens = fc.array(fc.oneof(piece, blank), { maxLength: 8 }).map((parts) => parts.join(' '));
  fc.assert(
    fc.property(fc.oneof(mutated, tokens), (text) => {
      // jsonc-parser sets the prototype where this is a key; see the test below
      fc.pre(!text.includes('__proto__'));
      const errors: ParseError[] = [];
      const value: unknown = parse(text, errors, { allowTrailingComma: true, allowEmptyContent: true });
      const parsed = parseJsonc(text);
      expect(parsed.ok).toBe(errors.length === 0);
      if (!parsed.ok) {
        const before = text.slice(0, errors[0]?.offset).split(/\r\n|\r|\n/);
        expect(parsed.problem).toMatchObject({ line: before.length });
      } else expect(JSON.stringify(parsed.value)).toBe(JSON.stringify(value));
    }),
    { numRuns: 2000 },
  );
});

test('`__proto__` is a key as any other, as in JSON', () => {
  for (const text of ['[{"__proto__": null}]', '{"a": {"__proto__": {"b": 1}}}'])
    for (const jsonc of [text, `// a comment\n${text}`]) {
      const parsed = parseJsonc(jsonc);
      expect(parsed.ok && JSON.stringify(parsed.value)).toBe(JSON.stringify(JSON.parse(text)));
    }
});
