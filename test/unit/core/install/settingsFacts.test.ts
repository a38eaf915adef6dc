import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { fileRejectionReason, invalidHooks, passedOver, wrongOnFailure } from '#core/install/settings/hookShape.ts';
import { hooksIn, settingsFacts, type SettingsFacts } from '#core/install/settings/settingsFacts.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

let root: string;

beforeEach(() => {
  root = tempDir();
});

const OURS = { type: 'command', command: 'ours' };
const isOurs = (hook: unknown): boolean => (hook as { command?: string } | null)?.command === 'ours';
const withOurs = (more: object = {}, group: object = {}, hook: object = {}): object => ({
  hooks: { Stop: [{ ...group, hooks: [{ ...OURS, ...hook }] }] },
  ...more,
});

function write(path: string, value: unknown): string {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, typeof value === 'string' || Buffer.isBuffer(value) ? value : JSON.stringify(value));
  return file;
}

const all = (claude?: string): SettingsFacts[] =>
  settingsFacts(
    { projectDir: join(root, 'p'), userHome: root, ...(claude && { claude }) },
    isOurs,
    join(root, 'managed'),
  );
/** The facts of one file that holds this value. */
function factsOf(value: unknown, claude?: string, path = '.claude/settings.json'): SettingsFacts | undefined {
  const file = write(path, value);
  return all(claude).find((each) => each.path === file);
}

describe('the files that count', () => {
  test('are the person’s, the project’s, the person’s in it, and the administrator’s, stronger ones later', () => {
    for (const name of ['b.json', 'a.json', 'c.txt']) write(`managed/managed-settings.d/${name}`, {});
    expect(all().map(({ scope, path, state }) => [scope, path.slice(root.length + 1), state])).toEqual([
      ['user', '.claude/settings.json', 'absent'],
      ['project', 'p/.claude/settings.json', 'absent'],
      ['local', 'p/.claude/settings.local.json', 'absent'],
      ['managed', 'managed/managed-settings.json', 'absent'],
      ['managed', 'managed/managed-settings.d/a.json', 'read'],
      ['managed', 'managed/managed-settings.d/b.json', 'read'],
    ]);
    expect(settingsFacts({ userHome: root }, isOurs, join(root, 'none')).map(({ scope }) => scope)).toEqual([
      'user',
      'managed',
    ]);
  });
});

describe('a file is read', () => {
  test('with all that it holds', () => {
    const value = withOurs({ disableAllHooks: false, enabledPlugins: { 'fermata@skills-dir': true } });
    expect(factsOf(value)).toMatchObject({
      state: 'read',
      ours: true,
      inForce: true,
      disableAllHooks: false,
      plugin: true,
    });
    expect(factsOf({ enabledPlugins: { 'other@skills-dir': false } })).not.toHaveProperty('plugin');
  });

  test.each<[string, unknown]>([
    ['nothing', ''],
    ['white space', ' \n'],
    ['an object', {}],
    ['a byte order mark', '\uFEFF{}'],
    ['hooks of others', { hooks: { Stop: [{ hooks: [{ type: 'command', command: 'theirs' }] }] } }],
    ['hooks of no shape', { hooks: { Stop: 7, PostToolUse: [7, { hooks: 7 }, {}] } }],
    ['flags of no kind', { disableAllHooks: 'yes', enabledPlugins: 7 }],
  ])('that holds %s, without entries of ours', (_, value) => {
    expect(factsOf(value, '2.1.332')).toMatchObject({
      state: expect.any(String) as string,
      ours: false,
      inForce: false,
    });
    expect(factsOf(value, '2.1.332')).not.toHaveProperty('disableAllHooks');
  });

  test.each<[string, unknown, string]>([
    ['a matcher that is not text', withOurs({}, { matcher: 7 }), 'a matcher that is not text'],
    ['a time-out that is none', withOurs({}, {}, { timeout: 0 }), '"timeout" that is 0'],
    ['arguments that are no list', withOurs({}, {}, { args: 'x' }), '"args" that is "x"'],
    ['another type', withOurs({}, {}, { type: 'shell' }), 'unknown type "shell"'],
  ])('though our entries are not in force for %s', (_, value, why) => {
    expect(factsOf(value, '2.1.257')).toMatchObject({
      state: 'read',
      ours: true,
      inForce: false,
      why: `each of them is invalid (${why})`,
      fix: 'Install the hooks again.',
    });
  });

  test('and our entries are in force as long as one of them is valid', () => {
    const hooks = { Stop: [{ hooks: [{ ...OURS, timeout: 0 }, OURS] }] };
    expect(factsOf({ hooks }, '2.1.257')).toMatchObject({ inForce: true });
    expect(factsOf({ hooks }, '2.1.257')).not.toHaveProperty('why');
  });

  test('and a value that some versions do not take makes it unsure', () => {
    expect(factsOf({ spinnerTipsOverride: 5 }, '2.1.250')).toMatchObject({
      state: 'read',
      unsure: 'spinnerTipsOverride',
    });
  });
});

describe('a file is ignored', () => {
  const CORRECT = 'Correct that file.';
  test.each<[string, unknown, string | undefined, string, string, boolean]>([
    [
      'that is no JSON',
      '{"a": }',
      undefined,
      'it is not valid JSON: value expected (line 1, column 7)',
      CORRECT,
      false,
    ],
    ['that is a list', '[]', undefined, 'it is not an object', CORRECT, false],
    ['that is null', 'null', undefined, 'it is not an object', CORRECT, false],
    [
      'with a comment after a byte order mark',
      `\uFEFF{\n// mine\n"hooks": ${JSON.stringify((withOurs() as { hooks: object }).hooks)}}`,
      undefined,
      'it holds a comment or trailing comma (line 2)',
      'Remove comments and trailing commas there: Claude Code reads plain JSON only.',
      true,
    ],
    [
      'with a hook that could refuse and is invalid',
      { hooks: { PreToolUse: [{ hooks: [OURS, { type: 'shell' }] }] } },
      undefined,
      'it holds an invalid hook (PreToolUse: unknown type "shell")',
      'Correct that hook.',
      true,
    ],
    [
      'with a value that no version takes',
      withOurs({ permissions: { allow: 'Read' } }),
      undefined,
      'it holds a value that Claude Code does not take ("permissions.allow")',
      'Correct that value, or remove it.',
      true,
    ],
    [
      'that is too large',
      `{"x": "${'x'.repeat(2 * 1024 * 1024)}", "y": "/.fermata/hooks/gate.sh"}`,
      undefined,
      'it is larger than 2 MiB',
      CORRECT,
      true,
    ],
    [
      'that is too large and has none of ours',
      `{"x": "${'x'.repeat(2 * 1024 * 1024)}"}`,
      undefined,
      'it is larger than 2 MiB',
      CORRECT,
      false,
    ],
  ])('%s', (_, value, claude, why, fix, ours) => {
    expect(factsOf(value, claude)).toMatchObject({ state: 'ignored', why, fix, ours });
  });

  test('that is a folder', () => {
    const file = join(root, '.claude', 'settings.json');
    mkdirSync(file, { recursive: true });
    const [facts] = all();
    expect(facts).toMatchObject({ state: 'ignored', ours: false, fix: CORRECT });
    expect(facts?.why).toContain(file);
  });

  test('of more than 2 MiB by the versions that do', () => {
    const text = (bytes: number): string => `{"x":"${'x'.repeat(bytes - 8)}"}`;
    expect(factsOf(text(2 * 1024 * 1024), '2.1.332')?.state).toBe('read');
    expect(factsOf(text(2 * 1024 * 1024 + 1), '2.1.332')?.state).toBe('ignored');
    expect(factsOf(text(2 * 1024 * 1024 + 1), '2.1.196')?.state).toBe('read');
  });

  test('not where an administrator wrote a value that is not taken: only the value is lost then', () => {
    const wrong = { permissions: { allow: 'Read' } };
    expect(factsOf(wrong, undefined, 'managed/managed-settings.json')?.state).toBe('read');
  });
});

describe('an administrator lets only what is managed run', () => {
  test.each<[object, boolean]>([
    [{ allowManagedHooksOnly: true }, true],
    [{ allowManagedHooksOnly: 'true' }, false],
    [{ strictPluginOnlyCustomization: true }, true],
    [{ strictPluginOnlyCustomization: ['skills', 'hooks'] }, true],
    [{ strictPluginOnlyCustomization: ['skills'] }, false],
    [{ strictPluginOnlyCustomization: 'hooks' }, false],
    [{}, false],
  ])('of hooks by %j: %s', (value, expected) => {
    expect(factsOf(value, undefined, 'managed/managed-settings.json')?.managedHooksOnly).toBe(expected);
  });

  test.each<[unknown, boolean]>([
    [{ options: { allowManagedModsOnly: true } }, true],
    [{ options: { allowManagedModsOnly: null } }, true],
    [{ options: { allowManagedModsOnly: false } }, false],
    [{ options: {} }, false],
    [{ options: 7 }, false],
    [7, false],
  ])('of modules of plugins by %j: %s', (value, expected) => {
    const policy = { pluginConfigs: { 'sec-default@builtin': value } };
    expect(factsOf(policy, undefined, 'managed/managed-settings.json')?.managedModsOnly).toBe(expected);
    expect(
      factsOf({ pluginConfigs: { other: value } }, undefined, 'managed/managed-settings.json')?.managedModsOnly,
    ).toBe(false);
  });
});

describe('handlers', () => {
  test('are found with their event and group, whatever else is there', () => {
    const group = { matcher: 'x', hooks: [OURS, 7] };
    const settings = { hooks: { Stop: [7, null, group, { hooks: {} }], Odd: {} } };
    expect(hooksIn(settings)).toEqual([
      { event: 'Stop', group, hook: OURS },
      { event: 'Stop', group, hook: 7 },
    ]);
    for (const nothing of [undefined, null, 7, [], { hooks: [] }]) expect(hooksIn(nothing)).toEqual([]);
  });

  const errorsOf = (hook: unknown): string[] => invalidHooks({ hooks: { Stop: [{ hooks: [hook] }] } });

  test.each<[unknown, string[]]>([
    [{ type: 'command', command: 'x' }, []],
    [{ type: 'command', command: 'x', timeout: 0.5, once: true, statusMessage: 's', if: 'i', other: 7 }, []],
    [{ type: 'command', command: 'x', args: ['a'], shell: 'bash', async: true, asyncRewake: false }, []],
    [{ type: 'http', url: 'https://x' }, []],
    [{ type: 'mcp_tool', server: 's', tool: 't' }, []],
    [{ type: 'prompt', prompt: 'p', model: 'm' }, []],
    [{ type: 'agent', prompt: 'p' }, []],
    [{ type: 'http', url: 'x' }, ['Stop: "url" that is "x"']],
    [{ type: 'mcp_tool', server: 's' }, ['Stop: no "tool"']],
    [{ type: 'command', command: 'x', shell: 'zsh' }, ['Stop: "shell" that is "zsh"']],
    [{ type: 'command', command: 'x', args: [1] }, ['Stop: "args" that is a list']],
    [{ type: 'command', command: 'x', once: {} }, ['Stop: "once" that is an object']],
    [{ type: 'command', command: null }, ['Stop: "command" that is null']],
    [{ type: 'toString' }, ['Stop: unknown type "toString"']],
    [{ type: 'x'.repeat(200) }, [`Stop: unknown type "${'x'.repeat(79)}`]],
    [{}, ['Stop: unknown type undefined']],
    [null, ['Stop: unknown type undefined']],
  ])('%j', (hook, errors) => {
    expect(errorsOf(hook)).toEqual(errors);
    expect(passedOver({ hooks: [] }, hook, '2.1.257')).toBe(errors[0]?.slice('Stop: '.length));
  });

  test('of a group of another shape are rejected, of an event that there is not read over', () => {
    expect(invalidHooks({ hooks: { Stop: [7, { matcher: 7, hooks: [] }], Odd: [7] } })).toEqual([
      'Stop: an element without "hooks"',
      'Stop: a matcher that is not text',
    ]);
    for (const nothing of [{}, { hooks: 7 }, { hooks: { Stop: 7 } }, null]) expect(invalidHooks(nothing)).toEqual([]);
    const events =
      'PreToolUse PostToolUse PostToolUseFailure PostToolBatch Notification UserPromptSubmit SessionStart SessionEnd Stop StopFailure SubagentStart SubagentStop PreCompact PermissionRequest TaskCreated TaskCompleted TeammateIdle PreSkillShellCommand';
    for (const event of events.split(' ')) expect(invalidHooks({ hooks: { [event]: [7] } }), event).toHaveLength(1);
  });

  test('with a wrong onFailure count before a call alone, the first of them', () => {
    const with2 = (event: string, ...values: unknown[]): unknown => ({
      hooks: { [event]: [7, { hooks: values.map((onFailure) => ({ ...OURS, onFailure })) }] },
    });
    expect(wrongOnFailure(with2('PreToolUse', 'block', 'continue', undefined))).toBeUndefined();
    expect(wrongOnFailure(with2('PreToolUse', 'block', 'deny', 7))).toBe('PreToolUse: onFailure "deny"');
    expect(wrongOnFailure(with2('PreSkillShellCommand', null))).toBe('PreSkillShellCommand: onFailure null');
    expect(wrongOnFailure(with2('Stop', 'deny'))).toBeUndefined();
    expect(wrongOnFailure(null)).toBeUndefined();
    // one that is passed over alone where it could not refuse
    expect(passedOver({}, { ...OURS, onFailure: 'deny' }, '2.1.295')).toBe('onFailure "deny"');
    expect(passedOver({}, { ...OURS, onFailure: 'deny' }, '2.1.294')).toBeUndefined();
    expect(passedOver({ matcher: 'x' }, { ...OURS, onFailure: 'block' }, undefined)).toBeUndefined();
  });

  test.each<[string, object, string | undefined, string | undefined]>([
    ['any invalid hook', { Stop: [7] }, '2.1.256', 'Stop: an element without "hooks"'],
    ['no invalid hook that could not refuse', { Stop: [7] }, '2.1.257', undefined],
    [
      'one that could',
      { Stop: [7], PermissionRequest: [7] },
      '2.1.257',
      'PermissionRequest: an element without "hooks"',
    ],
    [
      'an event that is no list, where it could refuse',
      { PermissionRequest: {} },
      '2.1.257',
      'PermissionRequest: not a list',
    ],
    ['that only in newer versions', { PermissionRequest: {} }, '2.1.256', undefined],
    ['a newer event only where it is known', { PreSkillShellCommand: 7 }, '2.1.331', undefined],
    ['and then it must be a list', { PreSkillShellCommand: 7 }, '2.1.332', 'PreSkillShellCommand: not a list'],
    ['an event without a value is read', { PreToolUse: null }, undefined, undefined],
    ['nothing is read', {}, undefined, undefined],
  ])('cost the whole file: %s', (_, hooks, version, reason) => {
    expect(fileRejectionReason({ hooks }, version)).toBe(reason);
  });
});
