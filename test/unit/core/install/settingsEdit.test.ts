import { describe, expect, test } from 'vitest';
import { hookEntries, isFermataEntry, permissionRules } from '#core/install/entries.ts';
import { addHooks, removeHooks } from '#core/install/settings/settingsEdit.ts';

const home = '/home/ada/.fermata';
const isOurs = isFermataEntry(home);
const permissions = permissionRules(home, '/home/ada');
const stop = { Stop: hookEntries({ home })['Stop'] ?? [] };
const group = (indent: string): string =>
  JSON.stringify({ hooks: stop.Stop }, null, 2)
    .split('\n')
    .map((line) => indent + line)
    .join('\n');

function add(text: string, rules: typeof permissions = []) {
  const result = addHooks(text, { entries: stop, permissions: rules, isOurs });
  if (!result.ok) throw new Error(result.problem.message);
  const back = removeHooks(result.text, { isOurs, footprint: result.footprint });
  expect(back.ok && back.text).toBe(text);
  return result;
}

function refused(text: string) {
  const result = addHooks(text, { entries: stop, permissions, isOurs });
  return result.ok ? undefined : result.problem;
}

describe('adding', () => {
  test('to nothing makes a whole file', () => {
    const { text } = add('');
    expect(text).toBe(`{\n  "hooks": {\n    "Stop": [\n${group('      ')}\n    ]\n  }\n}\n`);
  });

  test('keeps comments beside what they are about, and a trailing comma', () => {
    const { text } = add(
      '{\n  // mine\n  "model": "opus", // the big one\n  "hooks": {\n    "Stop": [] // none\n    // "x": 1\n  },\n}\n',
    );
    expect(text).toContain('  // mine\n  "model": "opus", // the big one\n');
    expect(text).toContain(`"Stop": [\n${group('      ')}\n    ] // none\n    // "x": 1\n  },\n}\n`);
  });

  test('uses the line ends, the indentation and the byte order mark of the file', () => {
    const { text } = add('\uFEFF{\r\n\t"model": "opus"\r\n}\r\n');
    expect(text.startsWith('\uFEFF{\r\n\t"model": "opus",\r\n\t"hooks": {\r\n\t\t"Stop": [\r\n\t\t\t{\r\n')).toBe(true);
    expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
  });

  test('keeps a file of one line on one line', () => {
    expect(add('{"model":"opus"}').text).toBe(
      `{"model":"opus", "hooks":${JSON.stringify({ Stop: [{ hooks: stop.Stop }] })}}`,
    );
  });

  test("does not touch a shared matcher group or another tool's hooks", () => {
    const theirs = '{ "matcher": "Bash", "hooks": [ { "type": "command", "command": "x" } ] }';
    const { text } = add(
      `{\n  "hooks": {\n    "Stop": [\n      ${theirs}\n    ],\n    "PreToolUse": [ ${theirs} ]\n  }\n}`,
    );
    expect(text).toContain(
      `    "Stop": [\n      ${theirs},\n${group('      ')}\n    ],\n    "PreToolUse": [ ${theirs} ]\n`,
    );
  });

  test('takes an older entry of ours out of a group that it shares, and leaves the group', () => {
    const text =
      '{"hooks":{"Stop":[{"matcher":"","hooks":[{"type":"command","command":"/old/.fermata/hooks/gate.sh Stop 60"},{"type":"command","command":"x"}]}]}}';
    const result = addHooks(text, { entries: stop, isOurs });
    const groups = result.ok ? JSON.parse(result.text).hooks.Stop : [];
    expect(groups).toEqual([{ matcher: '', hooks: [{ type: 'command', command: 'x' }] }, { hooks: stop.Stop }]);
  });

  test('removes our entries from events that are no longer wanted', () => {
    const older = addHooks('{"hooks":{}}', { entries: { PreCompact: stop.Stop }, isOurs });
    const newer = addHooks(older.ok ? older.text : '', { entries: stop, isOurs });
    expect(newer.ok && Object.keys(JSON.parse(newer.text).hooks)).toEqual(['Stop']);
  });

  test('uses the last of two equal keys, as every reader of JSON does', () => {
    const { text } = add('{"hooks": {"a": []}, "hooks": {}}');
    expect(text.startsWith('{"hooks": {"a": []}, "hooks": {"Stop":')).toBe(true);
    expect(JSON.parse(text).hooks.Stop).toHaveLength(1);
  });

  test('adds permission rules once, and leaves a rule that was there before', () => {
    const before = '{"permissions":{"deny":["Edit(~/.fermata/**)"]}}';
    const { text } = add(before, permissions);
    expect(JSON.parse(text).permissions).toEqual({
      deny: ['Edit(~/.fermata/**)'],
      allow: ['Read(~/.fermata/sessions/*/workers/*/out/**)'],
    });
  });

  test('works in a file of a megabyte', () => {
    const env = Object.fromEntries(Array.from({ length: 12_000 }, (_, i) => [`NAME_${i}`, 'x'.repeat(70)]));
    const text = JSON.stringify({ env, model: 'opus' }, null, 2);
    expect(text.length).toBeGreaterThan(1_000_000);
    expect(JSON.parse(add(text, permissions).text)).toMatchObject({ env, model: 'opus' });
  });
});

describe('refusing', () => {
  test.each([
    ['{\n  "a": }', 'This is not valid JSON: value expected', 2, 8],
    ['{\n  "a": 1\n  "b": 2\n}', 'This is not valid JSON: comma expected', 3, 3],
    ['{"a": 1} x', 'This is not valid JSON: invalid symbol', 1, 10],
    ["{'a': 1}", 'This is not valid JSON: invalid symbol', 1, 2],
    ['\uFEFF{\r\n  "a": 1', 'This is not valid JSON: close brace expected', 2, 9],
    ['[]', 'The settings are not an object', 1, 1],
    ['null', 'The settings are not an object', 1, 1],
    ['{\n  "hooks": null\n}', '"hooks" is not an object', 2, 12],
    ['{"hooks": []}', '"hooks" is not an object', 1, 11],
    ['{"hooks": {"Stop": {}}}', '"Stop" in "hooks" is not an array', 1, 20],
    ['{"hooks": {"Stop": [{"matcher": "x"}]}}', 'An element of "Stop" in "hooks" has no "hooks" array', 1, 21],
    ['{"hooks": {"Stop": ["x"]}}', 'An element of "Stop" in "hooks" has no "hooks" array', 1, 21],
    ['{"permissions": []}', '"permissions" is not an object', 1, 17],
    ['{"permissions": {"allow": "Read"}}', '"allow" in "permissions" is not an array', 1, 27],
  ])('%j', (text, message, line, column) => {
    expect(refused(text)).toEqual({ message, line, column });
  });

  test('an entry that would make Claude Code drop the whole file', () => {
    const result = addHooks('{}', { entries: { Stop: [{ type: 'command', command: 'x', timeout: 0 }] }, isOurs });
    expect(result).toMatchObject({ ok: false, problem: { message: expect.stringContaining('would not accept') } });
  });
});

describe('warning', () => {
  const warnings = (text: string): string[] => {
    const result = addHooks(text, { entries: stop, isOurs });
    return result.ok ? result.warnings : ['refused'];
  };

  test('of what Claude Code does not read: comments and trailing commas', () => {
    expect(warnings('{\n  // mine\n}')).toEqual([
      'Claude Code ignores this whole file as long as it holds a comment or trailing comma (line 2).',
    ]);
    expect(warnings('{"a": [1,]}')).toHaveLength(1);
    expect(warnings('\uFEFF{"a": [1]}')).toEqual([]);
    expect(warnings('')).toEqual([]);
  });

  test('of an entry that is to refuse when it fails, in words that newer versions do not take', () => {
    const own = (onFailure: string): string =>
      `{"hooks":{"PreToolUse":[{"hooks":[{"type":"command","command":"x","onFailure":"${onFailure}"}]}]}}`;
    expect(warnings(own('deny'))).toEqual([
      'Claude Code 2.1.295 and newer ignores this whole file as long as it holds PreToolUse: onFailure "deny".',
    ]);
    for (const right of ['block', 'continue']) expect(warnings(own(right))).toEqual([]);
  });

  test("of the person's own invalid entries, which stay", () => {
    const text =
      '{"hooks":{"PreToolUse":[{"hooks":[{"type":"shell"},{"type":"command"},{"type":"command","command":"x","timeout":0}]}]}}';
    expect(warnings(text).map((line) => line.replace(/.*holds /, ''))).toEqual([
      'PreToolUse: unknown type "shell".',
      'PreToolUse: no "command".',
      'PreToolUse: "timeout" that is 0.',
    ]);
    expect(warnings('{"hooks":{"Stop":[{"hooks":[{"type":"shell"}]}]}}')).toEqual([
      'Claude Code before 2.1.257 ignores this whole file as long as it holds Stop: unknown type "shell".',
    ]);
    add(text);
  });
});

describe('removing', () => {
  const remove = (text: string) => removeHooks(text, { isOurs, rules: permissions });

  test('passes over what has another form', () => {
    for (const text of [
      '[]',
      '',
      '{"hooks": null}',
      '{"hooks": {"Stop": {}, "PreToolUse": [1, {"hooks": 2}]}}',
      '{"permissions": 1}',
    ]) {
      expect(remove(text)).toMatchObject({ ok: true, text });
    }
  });

  test('refuses a text that cannot be parsed', () => {
    expect(remove('{')).toMatchObject({ ok: false, problem: { line: 1, column: 2 } });
  });

  test('does not let a line comment swallow what follows', () => {
    const gate = `{"hooks": [{"type": "command", "command": "${home}/hooks/gate.sh"}]}`;
    const result = remove(`{"hooks": {"Stop": [ // ours:\n ${gate}, {"hooks": []}]}}`);
    expect(result.ok && result.text).toBe('{"hooks": {"Stop": [ // ours:\n  {"hooks": []}]}}');
  });

  test('keeps an array in which only a comment is left', () => {
    const gate = `{"hooks": [{"type": "command", "command": "${home}/hooks/gate.sh"}]}`;
    const result = remove(`{"hooks": {"Stop": [\n // keep me\n ${gate}\n]}}`);
    expect(result.ok && result.text).toBe('{"hooks": {"Stop": [\n // keep me\n]}}');
  });
});
