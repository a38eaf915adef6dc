import { expect, test } from 'vitest';
import { parseText } from '#core/install/settings/jsonText.ts';
import { collapseValues } from '#core/install/settings/collapseValues.ts';

function collapse(text: string) {
  const parsed = parseText(text);
  if (!parsed.ok) throw new Error(parsed.problem.message);
  return collapseValues(parsed.json, ['hooks']);
}

const long = 'x'.repeat(300);

test('long values that are not edited are short, and come back to the byte', () => {
  const text = `{\r\n  "a": ["${long}",\r\n "$& $1"], // why\r\n  "hooks": {"Stop": ["${long}"]},\r\n  "b": "${long}", "c": 1,\r\n}`;
  const { json, restore } = collapse(text);
  expect(json.text.length).toBeLessThan(text.length - 500);
  expect(json.text).toContain(`"hooks": {"Stop": ["${long}"]}`);
  expect(json.text).toContain('// why\r\n');
  expect(restore(json.text)).toBe(text);
  expect(restore(`${json.text} `)).toBe(`${text} `);
});

test('a line break within a value stays one, and one line stays one line', () => {
  expect(collapse(`{"a": [\r\n"${long}"]}`).json.text).toBe('{"a": [\r\n"collapsed-0"]}');
  expect(collapse(`{"a": "${long}"}`).json.text).not.toContain('\n');
});

test('a text that holds a stand-in of its own is not confused', () => {
  const text = `{"a": ["collapsed-0", "${long}"], "b": ["set-aside-0"], "c": "set-aside--"}`;
  const { json, restore } = collapse(text);
  expect(restore(json.text)).toBe(text);
});

test('where nothing is long, or nothing is an object, nothing happens', () => {
  for (const text of ['', '[]', '{}', '{"a": 1}']) {
    const parsed = parseText(text);
    if (parsed.ok) expect(collapseValues(parsed.json, []).json).toBe(parsed.json);
  }
});
