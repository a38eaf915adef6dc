import { describe, expect, test } from 'vitest';
import {
  appendAt,
  emptyInside,
  nodeAt,
  parseText,
  removeAt,
  replaceAt,
  type JsonText,
} from '#core/install/settings/jsonText.ts';

function json(text: string): JsonText {
  const parsed = parseText(text);
  if (!parsed.ok) throw new Error(parsed.problem.message);
  return parsed.json;
}

describe('a value that is added to an object', () => {
  test.each<[string, string, string]>([
    ['takes a line of its own in an empty one', '{}', '{\n  "k": [\n    1\n  ]\n}'],
    ['stays on the line of a text of one line', '{"x":1}', '{"x":1, "k":[1]}'],
    ['has the indentation of its neighbours', '{\n\t"x": 1\n}', '{\n\t"x": 1,\n\t"k": [\n\t\t1\n\t]\n}'],
    ['has four blanks where they have four', '{\n    "x": 1\n}', '{\n    "x": 1,\n    "k": [\n        1\n    ]\n}'],
    ['has their line ends', '{\r\n  "x": 1\r\n}', '{\r\n  "x": 1,\r\n  "k": [\r\n    1\r\n  ]\r\n}'],
    ['comes behind a comment', '{\n  "x": 1 // c\n}', '{\n  "x": 1, // c\n  "k": [\n    1\n  ]\n}'],
    [
      'comes behind a comment on a line of its own',
      '{\n  "x": 1\n  // c\n}',
      '{\n  "x": 1,\n  // c\n  "k": [\n    1\n  ]\n}',
    ],
    ['leaves a trailing comma trailing', '{\n  "x": 1,\n}', '{\n  "x": 1,\n  "k": [\n    1\n  ],\n}'],
    ['leaves a trailing comma before a comment', '{\n  "x": 1, // c\n}', '{\n  "x": 1, // c\n  "k": [\n    1\n  ],\n}'],
    ['comes behind a comment in an empty one', '{ /* c */ }', '{ /* c */\n  "k": [\n    1\n  ]\n }'],
    ['is no part of a comment in an empty one', '{ // c\n}', '{ // c\n  "k": [\n    1\n  ]\n}'],
    [
      'stands where the last one stands, not on a line of its own',
      '{ "x": 1,\n  "y": 2, "z": 3 }',
      '{ "x": 1,\n  "y": 2, "z": 3, "k": [\n  1\n] }',
    ],
    ['is behind a blank line as before it', '{\n\n  "x": 1\n\n}', '{\n\n  "x": 1,\n  "k": [\n    1\n  ]\n\n}'],
  ])('%s', (_, before, after) => {
    expect(appendAt(json(before), [], [1], 'k').text).toBe(after);
    expect(removeAt(json(after), ['k'], before.slice(1, -1)).text).toBe(before);
  });

  test('has its name in quotes', () => {
    expect(appendAt(json('{"x":1}'), [], 2, 'a"b').text).toBe('{"x":1, "a\\"b":2}');
  });
});

describe('a value that is added to a list', () => {
  test.each<[string, string, string]>([
    ['stays on the line of a list of one line', '{\n  "a": [1]\n}', '{\n  "a": [1, {"x":2}]\n}'],
    ['stays on the line of a text of one line', '{"a":[]}', '{"a":[{"x":2}]}'],
    ['makes lines of an empty one', '{\n  "a": []\n}', '{\n  "a": [\n    {\n      "x": 2\n    }\n  ]\n}'],
    [
      'has the indentation of its neighbours',
      '{\n  "a": [\n   1\n  ]\n}',
      '{\n  "a": [\n   1,\n   {\n     "x": 2\n   }\n  ]\n}',
    ],
    [
      'ends a line that is a comment',
      '{\n  "a": [1 // c\n  ]\n}',
      '{\n  "a": [1, // c\n    {\n      "x": 2\n    }\n  ]\n}',
    ],
  ])('%s', (_, before, after) => {
    const inside = before.includes('[]') ? '' : undefined;
    expect(appendAt(json(before), ['a'], { x: 2 }).text).toBe(after);
    const count = nodeAt(json(after).root, ['a'])?.children?.length ?? 0;
    expect(removeAt(json(after), ['a', count - 1], inside).text).toBe(before);
  });
});

describe('a value that is replaced', () => {
  test.each<[string, string, string]>([
    ['stays on its line', '{\n  "a": [1]\n}', '{\n  "a": {"x":2}\n}'],
    ['has lines where it had some', '{\n  "a": [\n    1\n  ], // c\n}', '{\n  "a": {\n    "x": 2\n  }, // c\n}'],
    ['stays in a text of one line', '{"a":[1]}', '{"a":{"x":2}}'],
  ])('%s', (_, before, after) => {
    expect(replaceAt(json(before), ['a'], { x: 2 }).text).toBe(after);
  });
});

describe('what is removed', () => {
  test.each<[string, string, string]>([
    ['alone leaves nothing', '{"k": 1}', '{}'],
    ['alone leaves comments', '{ /* a */ "k": 1 /* b */ }', '{ /* a */ /* b */ }'],
    ['first takes its comma', '{"k": 1, "x": 2}', '{ "x": 2}'],
    ['last takes the comma before it', '{"x": 2, "k": 1}', '{"x": 2}'],
    ['last leaves a trailing comma', '{"x": 2, "k": 1,}', '{"x": 2,}'],
    ['between two takes one comma', '{"x": 2, "k": 1, "y": 3}', '{"x": 2, "y": 3}'],
    ['takes its line', '{\n  "x": 2,\n  "k": 1,\n  "y": 3\n}', '{\n  "x": 2,\n  "y": 3\n}'],
    ['leaves the comment of its neighbour', '{\n  "x": 2, // c\n  "k": 1\n}', '{\n  "x": 2 // c\n}'],
    ['leaves a comment behind it', '{\n  "x": 2,\n  "k": 1 // c\n}', '{\n  "x": 2 // c\n}'],
    ['after a comment does not become part of it', '{ // c\n "k": 1, "x": 2 }', '{ // c\n  "x": 2 }'],
    [
      'after a comment takes its line where nothing follows on that',
      '{ // c\n "k": 1,\n "x": 2 }',
      '{ // c\n "x": 2 }',
    ],
    ['of two equal names is the last', '{"k": 1, "k": 2}', '{"k": 1}'],
    ['with a comma in a comment takes the real one', '{"k": 1 /* , */, "x": 2}', '{ /* , */ "x": 2}'],
  ])('%s', (_, before, after) => {
    expect(removeAt(json(before), ['k']).text).toBe(after);
  });

  test('leaves in its container what was there before, unless others have written there', () => {
    expect(removeAt(json('{"k": 1}'), ['k'], '\n').text).toBe('{\n}');
    expect(removeAt(json('{ // theirs\n"k": 1}'), ['k'], '  ').text).toBe('{ // theirs\n}');
    expect(removeAt(json('{"a": [ 7 ]}'), ['a', 0], '  ').text).toBe('{"a": [  ]}');
  });
});

describe('a place', () => {
  test('is found by names and numbers, the last of two equal names', () => {
    const { root } = json('{"a": [{"b": 1}], "c": 1, "c": 2}');
    const at = (...path: (string | number)[]): unknown => nodeAt(root, path)?.value;
    expect([at('a', 0, 'b'), at('c'), at('none'), at('a', 1), at('a', 'b'), at('c', 0), at('none', 'b')]).toEqual([
      1,
      2,
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(nodeAt(undefined, [])).toBeUndefined();
  });

  test('that is not there is a fault of the caller', () => {
    expect(() => appendAt(json('{}'), ['a'], 1)).toThrow('jsonText: no such place');
    expect(() => removeAt(json('{}'), ['a'])).toThrow('jsonText: no such place');
    expect(() => removeAt(json('{"a": []}'), ['a', 0])).toThrow('jsonText: no such place');
  });

  test('without members has the text between its brackets', () => {
    const inside = (text: string): string | undefined => {
      const parsed = json(text);
      return parsed.root && emptyInside(parsed, parsed.root);
    };
    expect(['{ }', '[]', '{ /* c */\n}', '{"a": 1}', '7', ''].map(inside)).toEqual([
      ' ',
      '',
      ' /* c */\n',
      undefined,
      undefined,
      undefined,
    ]);
  });
});
