import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { loadSettings, projectSettingsFile } from '#core/base/settings.ts';
import { machineSettingsIn, withoutMachineSettings } from '#extension/settings/folderSettings.ts';
import { mirrored, mirrorSettings } from '#extension/settings/settingsMirror.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

const none = new Set<string>();

test('keys that are set are written, managed ones that are no longer set are removed, the rest stays', () => {
  const file = { teach: true, spawn: 'off', 'hold.seconds': 5 };
  expect(mirrored(file, ['spawn', 'hold.seconds'], { 'hold.seconds': 7 }, none)).toEqual({
    file: { teach: true, 'hold.seconds': 7 },
    managed: ['hold.seconds'],
  });
});

test('in Restricted Mode restricted keys are neither written nor taken away', () => {
  const frozen = new Set(['spawn', 'answer']);
  expect(mirrored({ spawn: 'off' }, ['spawn'], { answer: 'exitCode', statusBar: 'never' }, frozen)).toEqual({
    file: { spawn: 'off', statusBar: 'never' },
    managed: ['spawn', 'statusBar'],
  });
});

test('nothing set leaves no home behind', () => {
  const home = join(tempDir(), 'home');
  mirrorSettings({ home, explicit: { user: {}, folders: new Map([['/p', {}]]) }, frozen: none });
  expect(existsSync(home)).toBe(false);
});

test('settings of a folder count there and nowhere else', () => {
  const home = join(tempDir(), 'home');
  const project = tempDir();
  const folders = new Map([[project, { 'hold.seconds': 1 }]]);
  mirrorSettings({ home, explicit: { user: { 'hold.seconds': 3 }, folders }, frozen: none });
  expect(loadSettings(home, project)['hold.seconds']).toBe(1);
  expect(loadSettings(home, undefined)['hold.seconds']).toBe(3);
  mirrorSettings({ home, explicit: { user: {}, folders: new Map([[project, {}]]) }, frozen: none });
  expect(loadSettings(home, project)['hold.seconds']).toBe(20);
});

test('settings of the machine count from the home, never from what is kept of a project', () => {
  const home = join(tempDir(), 'home');
  const project = tempDir();
  mirrorSettings({ home, explicit: { user: { nodePath: '/own' }, folders: new Map() }, frozen: none });
  // as an earlier version kept it, for which a folder could set a program
  mkdirSync(join(home, 'projects'));
  const kept = { nodePath: '/evil', claudePath: '/evil', failClosed: true, teach: true };
  writeFileSync(projectSettingsFile(home, project), JSON.stringify(kept));
  expect(loadSettings(home, project)).toMatchObject({
    nodePath: '/own',
    claudePath: '',
    failClosed: false,
    teach: true,
  });
});

test('a settings file of a folder that names one is noticed, whatever it is', () => {
  const folder = tempDir();
  const file = join(folder, 'settings.json');
  expect(machineSettingsIn(file)).toEqual([]);
  writeFileSync(file, '\uFEFF{ // mine\n "fermata.claudePath": "./evil", "fermata.teach": true, }');
  expect(machineSettingsIn(file)).toEqual(['fermata.claudePath']);
  symlinkSync(file, join(folder, 'link'));
  symlinkSync('/dev/zero', join(folder, 'zeros'));
  expect(withoutMachineSettings({ nodePath: './evil', claudePath: './evil', failClosed: false, teach: true })).toEqual({
    teach: true,
  });
  for (const name of ['link', 'zeros', '.']) expect(machineSettingsIn(join(folder, name))).toEqual([]);
});

test('failClosed is also a file that the gate can see', () => {
  const home = join(tempDir(), 'home');
  const mirror = (user: Record<string, unknown>): void =>
    mirrorSettings({ home, explicit: { user, folders: new Map() }, frozen: none });
  mirror({ failClosed: true });
  expect(existsSync(join(home, 'fail-closed'))).toBe(true);
  mirror({});
  expect(existsSync(join(home, 'fail-closed'))).toBe(false);
});

test('a file that cannot be parsed is left alone', () => {
  const home = join(tempDir(), 'home');
  mkdirSync(home);
  writeFileSync(join(home, 'settings.json'), '{ "half');
  const explicit = { user: { teach: true }, folders: new Map() };
  expect(() => mirrorSettings({ home, explicit, frozen: none })).toThrow('not a JSON object');
  expect(readFileSync(join(home, 'settings.json'), 'utf8')).toBe('{ "half');
});
