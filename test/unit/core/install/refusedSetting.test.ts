import { expect, test } from 'vitest';
import { invalidHooks } from '#core/install/settings/hookShape.ts';
import { refusedSetting } from '#core/install/settings/claudeSettingsValues.ts';

const mild = { spinnerTipsOverride: 5 };
const wrong = { permissions: { allow: 'Read' } };

test.each<[string | undefined, object, { setting: string; certain: boolean } | undefined]>([
  ['2.1.163', mild, { setting: 'spinnerTipsOverride', certain: true }],
  ['2.1.197', mild, { setting: 'spinnerTipsOverride', certain: true }],
  ['2.1.180', mild, { setting: 'spinnerTipsOverride', certain: true }],
  ['2.1.250', mild, { setting: 'spinnerTipsOverride', certain: false }],
  [undefined, mild, { setting: 'spinnerTipsOverride', certain: false }],
  ['2.1.332', mild, undefined],
  ['2.1.400', mild, undefined],
  ['2.1.100', mild, { setting: 'spinnerTipsOverride', certain: true }],
  ['2.1.250', wrong, { setting: 'permissions.allow', certain: true }],
  [undefined, wrong, { setting: 'permissions.allow', certain: true }],
  ['2.1.250', { theme: 5 }, undefined],
])('Claude Code %s and %j', (version, settings, expected) => {
  expect(refusedSetting(settings, version)).toEqual(expected);
});

test('a value that is nested too deep to be written is named all the same', () => {
  const deep = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000)) as unknown;
  const hooks = [
    deep,
    { type: deep },
    { type: 'command', command: deep },
    { type: 'command', command: 'x', args: deep },
  ];
  expect(invalidHooks({ hooks: { Stop: [{ hooks }] } })).toEqual([
    'Stop: unknown type undefined',
    'Stop: unknown type a list',
    'Stop: "command" that is a list',
    'Stop: "args" that is a list',
  ]);
  expect(refusedSetting({ model: deep }, undefined)).toEqual({ setting: 'model', certain: true });
});
