import { describe, expect, test } from 'vitest';
import { hookEntries, isFermataEntry, permissionRules } from '#core/install/entries.ts';
import { joinFootprints } from '#core/install/settings/footprint.ts';
import { addHooks, removeHooks, withoutStatusLine } from '#core/install/settings/settingsEdit.ts';
import { keepsStatusLine } from '#core/install/settings/statusLineEdit.ts';

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

describe('warning of the whole file', () => {
  const outcome = (text: string): unknown => {
    const result = addHooks(text, { entries: stop, isOurs });
    return result.ok ? result.warnings : result.problem;
  };
  const sized = (bytes: number): string => `{"x":"${'x'.repeat(bytes - 8)}"}`;

  test.each<[string, string, string[]]>([
    [
      'a value that no version takes',
      '{"permissions": {"allow": "Read"}}',
      [
        'Claude Code ignores this whole file as long as it holds the value that "permissions.allow" has, which it does not take.',
      ],
    ],
    [
      'a value that some versions do not take',
      '{"spinnerTipsOverride": 5}',
      ['Some versions of Claude Code ignore this whole file for the value that "spinnerTipsOverride" has.'],
    ],
    [
      'more than Claude Code reads',
      sized(2 * 1024 * 1024 + 1),
      ['Claude Code ignores this whole file as long as it holds more than 2 MiB.'],
    ],
    ['nothing', sized(1_000_000), []],
  ])('%s', (_, text, expected) => {
    expect(outcome(text)).toEqual(expected);
  });

  test('a file that would only become too large by the hooks is refused', () => {
    expect(outcome(sized(2 * 1024 * 1024))).toEqual({
      message: 'With the hooks this file would be over 2 MiB, and Claude Code ignores such a file',
      line: 1,
      column: 1,
    });
  });
});

describe('entries of ours by the hundred', () => {
  const crowd = (count: number): string => {
    const gate = { type: 'command', command: `${home}/hooks/gate.sh` };
    const groups = Array.from({ length: count - 1 }, () => ({ hooks: [gate] }));
    return JSON.stringify({
      hooks: { Stop: [{ hooks: [gate, { type: 'command', command: 'x' }] }], PreToolUse: groups },
    });
  };

  test('are edited up to a number that no installation made, and refused above it', () => {
    const many = crowd(300);
    const removed = removeHooks(many, { isOurs });
    expect(removed.ok && JSON.parse(removed.text)).toEqual({
      hooks: { Stop: [{ hooks: [{ type: 'command', command: 'x' }] }] },
    });
    const problem = {
      message: '"hooks" has 301 entries of Fermata, too many to edit: remove them yourself',
      line: 1,
      column: 10,
    };
    expect(removeHooks(crowd(301), { isOurs })).toEqual({ ok: false, problem });
    expect(addHooks(crowd(301), { entries: stop, isOurs })).toEqual({ ok: false, problem });
  });
});

describe('the footprint of an installation', () => {
  const footprintOf = (text: string, rules: typeof permissions = []) => add(text, rules).footprint;

  test('names what was made, what was empty, and the rules that were not there', () => {
    expect(footprintOf('{"hooks": { }}')).toEqual({
      containers: [
        { path: ['hooks'], inside: ' ' },
        { path: ['hooks', 'Stop'], inside: null },
      ],
      rules: [],
    });
    expect(footprintOf(' ')).toMatchObject({ blank: ' ' });
    expect(footprintOf('{"permissions":{"deny":["Edit(~/.fermata/**)"]}}', permissions).rules).toEqual([
      permissions[0],
    ]);
  });

  test('makes the difference between a list that was empty before and one that was made', () => {
    const { text, footprint } = add('{"hooks": {"Stop": [ ]}, "permissions": {"allow": []}}', permissions);
    const exactly = removeHooks(text, { isOurs, footprint });
    expect(exactly.ok && exactly.text).toBe('{"hooks": {"Stop": [ ]}, "permissions": {"allow": []}}');
    const roughly = removeHooks(text, { isOurs, rules: permissions });
    expect(roughly.ok && roughly.text).toBe('{}');
  });

  test('of two installations is that of both, the first one’s word on a container before the second’s', () => {
    const first = { containers: [{ path: ['hooks'], inside: ' ' }], rules: permissions.slice(0, 1) };
    const second = {
      blank: '\n',
      containers: [
        { path: ['hooks'], inside: null },
        { path: ['hooks', 'Stop'], inside: null },
      ],
      rules: permissions,
    };
    expect(joinFootprints(first, second)).toEqual({
      blank: '\n',
      containers: [
        { path: ['hooks'], inside: ' ' },
        { path: ['hooks', 'Stop'], inside: null },
      ],
      rules: permissions,
    });
    expect(joinFootprints({ ...first, blank: '' }, second).blank).toBe('');
    const allow = { list: 'allow', rule: 'x' } as const;
    const deny = { list: 'deny', rule: 'x' } as const;
    expect(joinFootprints({ ...first, rules: [allow] }, { ...second, rules: [deny, allow] }).rules).toEqual([
      allow,
      deny,
    ]);
  });
});

describe('the status line', () => {
  const line = (command: string): string =>
    `{"statusLine": {"type": "command", "command": ${JSON.stringify(command)}}}`;
  const keep = (text: string, statusLine: string | null = home) => {
    const result = addHooks(text, { entries: {}, isOurs, statusLine });
    if (!result.ok) throw new Error(result.problem.message);
    return result;
  };
  const commandOf = (text: string): string | undefined =>
    (JSON.parse(text) as { statusLine?: { command: string } }).statusLine?.command;

  test.each([
    ['none', undefined, `{ sh ${home}/hooks/status-line.sh 2>/dev/null || cat; } >/dev/null`],
    ['a command', 'jq .model', `{ sh ${home}/hooks/status-line.sh 2>/dev/null || cat; } | { :\njq .model\n}`],
    ['a comment', '# mine', `{ sh ${home}/hooks/status-line.sh 2>/dev/null || cat; } | { :\n# mine\n}`],
    ['nothing in it', '', `{ sh ${home}/hooks/status-line.sh 2>/dev/null || cat; } | { :\n\n}`],
  ])('of a person who has %s goes through Fermata first, and comes back as it was', (_, command, expected) => {
    const before = command === undefined ? '{}' : line(command);
    const { text, footprint } = keep(before);
    expect(commandOf(text)).toBe(expected);
    expect(keepsStatusLine(text, isOurs)).toBe(true);
    expect(keepsStatusLine(`\uFEFF${text}`, isOurs)).toBe(true);
    expect(keep(text).text).toBe(text);
    const removed = withoutStatusLine(text, { isOurs, footprint });
    expect(removed.ok && removed.text).toBe(before);
    expect(keep(text, null).text).toBe(before);
  });

  test('that another program has written anew with other escapes comes back too', () => {
    const { text } = keep(line('echo é'));
    const rewritten = text.replace('sh /home', 'sh \\u002fhome');
    expect(commandOf(rewritten)).toBe(commandOf(text));
    const removed = withoutStatusLine(rewritten, { isOurs });
    expect(removed.ok && commandOf(removed.text)).toBe('echo é');
  });

  test('of a home that has moved goes through the new one alone', () => {
    const { text } = keep(line('mine'), '/old/.fermata');
    expect(keepsStatusLine(text, isOurs)).toBe(true);
    expect(commandOf(keep(text).text)).toBe(commandOf(keep(line('mine')).text));
  });

  test('that goes through a Fermata of another name stays, within this one’s', () => {
    const other = `{ sh '/srv/it'\\''s/hooks/status-line.sh' 2>/dev/null || cat; } >/dev/null`;
    expect(keepsStatusLine(line(other), isOurs)).toBe(false);
    expect(keepsStatusLine(line(other), isFermataEntry("/srv/it's"))).toBe(true);
    const removed = withoutStatusLine(line(other), { isOurs });
    expect(removed.ok && commandOf(removed.text)).toBe(other);
    expect(commandOf(keep(line(other)).text)).toContain(other);
  });

  test('that only resembles ours is the person’s', () => {
    for (const command of [
      `x; { sh ${home}/hooks/status-line.sh 2>/dev/null || cat; } >/dev/null`,
      `{ sh ${home}/hooks/status-line.sh 2>/dev/null || cat; } >/dev/null; x`,
      `sh ${home}/hooks/status-line.sh`,
    ])
      expect(keepsStatusLine(line(command), isOurs), command).toBe(false);
    for (const text of ['{', '', '[]', '{"statusLine": 7}', '{"statusLine": {"command": "x"}}'])
      expect(keepsStatusLine(text, isOurs), text).toBe(false);
  });

  test.each([
    ['cat <<END\nx\nEND', false],
    ['echo \\', false],
    ['echo \\  \n', false],
    ['echo \\x', true],
    ['a < b', true],
  ])('with the command %j can be put behind ours: %s', (command, expected) => {
    expect(addHooks(line(command), { entries: {}, isOurs, statusLine: home }).ok).toBe(expected);
    // without a wish for it nothing is refused
    expect(addHooks(line(command), { entries: {}, isOurs }).ok).toBe(true);
    expect(addHooks(line(command), { entries: {}, isOurs, statusLine: null }).ok).toBe(true);
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
