import { parse, type ParseError } from 'jsonc-parser';
import { firstNonJsonLine, MAX_FILE_DEPTH, parseJsonc } from '#core/base/jsonc.ts';
import { hold, jsonOf, same, type Target } from '#test/fuzz/target.ts';
import { EDITABLE, REFUSED } from '#test/lib/settingsCorpus.ts';

export const SETTINGS = [...EDITABLE, ...REFUSED].map(({ text }) => text).filter((text) => text.length < 8000);

function depth(text: string): number {
  let [now, most] = [0, 0];
  for (const char of text.replaceAll(/"(?:[^"\\]|\\.)*"/g, '')) {
    if (char === '{' || char === '[') most = Math.max(most, ++now);
    else if (char === '}' || char === ']') now--;
  }
  return most;
}

/** The reader of JSON with comments, against the parser that editors use. */
export const jsonc: Target = {
  seeds: () => [
    ...SETTINGS,
    '[1,2,]',
    '// a\n{"a":1,}/* b */',
    '{"a":"\\u0041\\n"}',
    '-1.5e+3',
    '',
    'nul',
    '"\\x"',
    '{"__proto__":{"a":1}}',
  ],
  check: (input) => {
    const text = input.toString('utf8');
    const own = parseJsonc(text);
    const strict = jsonOf(text);
    firstNonJsonLine(text);
    if (!own.ok) {
      const { message, line, column } = own.problem;
      hold(line >= 1 && column >= 1 && message.length < 200, () => 'a place that there is not');
      hold(line <= text.split(/\r\n|\r|\n/).length, () => 'a line that there is not');
    }
    if (depth(text) > MAX_FILE_DEPTH - 5) return;
    const errors: ParseError[] = [];
    const value = parse(text, errors, { allowTrailingComma: true, allowEmptyContent: true }) as unknown;
    if (strict !== undefined)
      hold(own.ok && own.extension === undefined, () => 'plain JSON is refused, or has extensions');
    same(own.ok, errors.length === 0, `accepted (${JSON.stringify(own)})`);
    // the other parser makes a key `__proto__` the prototype
    if (own.ok && !text.includes('__proto__') && !text.includes('\\')) same(own.value, value, 'value');
    if (own.ok && strict !== undefined) same(own.value, strict, 'value of JSON');
  },
};
