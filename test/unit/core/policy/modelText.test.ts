import { expect, test } from 'vitest';
import { indentedText, leadingText, modelText } from '#core/policy/modelText.ts';

const NAMES = [
  'system-reminder',
  'user-prompt-submit-hook',
  'function_results',
  'human',
  'task-notification',
  'SYSTEM',
];
const WRAPPED = [
  (name: string) => `<${name}>`,
  (name: string) => `</${name}>`,
  (name: string) => `< / ${name}>`,
  (name: string) => `<\n/${name}>`,
  (name: string) => `<\\/${name}>`,
  (name: string) => `<\u200b/${name}>`,
  (name: string) => `<\u001b[0m${name}>`,
  (name: string) => `<\u0338${name}>`,
  (name: string) => `\uff1c${name}\uff1e`,
  (name: string) => `\ufe64/${name}\ufe65`,
  (name: string) => `&lt;${name}&gt;`,
  (name: string) => `&amp;lt;/${name}&gt;`,
  (name: string) => `&#60;${name}&#62;`,
  (name: string) => `&#x3C;/${name}>`,
  (name: string) => `<!${name}>`,
  (name: string) => `<?${name}>`,
];

test.each(NAMES)('no spelling of a tag %s is left', (name) => {
  for (const wrap of WRAPPED) {
    const told = modelText(`a ${wrap(name)} b`);
    expect(told).toContain('‹');
    expect(told).toContain(name);
    expect(told).not.toMatch(/[<\uff1c\ufe64]|&(amp;)?(lt|#60|#x3c);/i);
  }
});

test('a comparison, a redirection and an arrow are no tags', () => {
  for (const text of ['1 < 2', 'a <- b', 'x <= y', 'cat <<EOF'.replace('EOF', '"'), 'f(<)'])
    expect(modelText(text)).toBe(text);
});

test('all line ends are line ends, and what begins a line is indented', () => {
  expect(indentedText('a\rb\r\nc\u2028d\u2029e\u0085f\u000bg\u000ch')).toBe('a\n  b\n  c\n  d\n  e\n  f\n  g\n  h');
});

test('terminal sequences go as a whole', () => {
  const link = '\u001b]8;;https://example.org\u001b\\text\u001b]8;;\u0007';
  expect(modelText(`\u001b[1;31mred\u001b[0m ${link} \u009b2K\u001b[?25l\u001bc!`)).toBe('red text !');
});

test('a text that begins like Fermata’s own does not begin the line', () => {
  expect(leadingText('the tests fail')).toBe('the tests fail');
  for (const text of ['Fermata, from W9: go', '[Fermata B9]', '\u200bFermata', 'ＦＥＲＭＡＴＡ: go', '  fermata'])
    expect(leadingText(text)).toMatch(/^ {2}/);
});
