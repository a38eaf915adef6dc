import { join } from 'node:path';
import { mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { readReachFacts } from '#core/install/reachFacts.ts';
import type { ModFolder } from '#core/install/mod/modFolder.ts';
import { modReach, type ModFacts } from '#core/install/mod/modReach.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

let root: string;
beforeEach(() => {
  root = tempDir();
});

const OURS: ModFolder = { state: 'ours', version: '1.0.0', home: '/home/.fermata', complete: true, made: [] };

function reach(settings: Record<string, object> = {}, facts: Partial<ModFacts> = {}, claude = '2.1.332') {
  for (const [name, value] of Object.entries(settings)) {
    mkdirSync(join(root, name, '..'), { recursive: true });
    writeFileSync(join(root, name), JSON.stringify(value));
  }
  const query = { home: '/home/.fermata', userHome: root, claude, managed: join(root, 'managed') };
  const given = { config: join(root, '.claude'), folder: OURS, home: '/home/.fermata', version: '1.0.0' };
  return modReach({ ...given, reach: readReachFacts(query), sessions: 2, running: 1, ...facts });
}

const USER = '.claude/settings.json';
const MANAGED = 'managed/managed-settings.json';
const modsOnly = (allowManagedModsOnly: unknown, name = 'cc-plugin-sec-default@builtin') => {
  return { pluginConfigs: { [name]: { options: { allowManagedModsOnly } } } };
};
const MODS_ONLY = modsOnly(true);

test('where it is not installed there is nothing to report', () => {
  expect(reach({}, { folder: { state: 'absent' } })).toBeUndefined();
});

test('a sign of life shows that it runs; an older one than the programs is to be installed again', () => {
  expect(reach()).toEqual({ state: 'runs', text: expect.stringContaining('in 1 of 2 sessions') as string });
  expect(reach({}, { version: '1.1.0' })?.todo).toContain('older version');
  expect(reach({}, { version: '0.9.0' })?.todo).toBeUndefined();
});

test('without a sign of life sessions have to take it; without a session there is none to expect', () => {
  expect(reach({}, { running: 0 })).toMatchObject({
    state: 'waits',
    todo: expect.stringContaining('/reload-plugins') as string,
  });
  expect(reach({}, { running: 0, sessions: 0 })).toMatchObject({ state: 'waits' });
});

test.each([
  ['an administrator lets managed plugins run only', { [MANAGED]: MODS_ONLY }, 'allowManagedModsOnly'],
  ['it is so by the earlier name', { [MANAGED]: modsOnly(true, 'sec-default@builtin') }, 'allowManagedModsOnly'],
  ['it is so by another value', { [MANAGED]: modsOnly('yes') }, 'allowManagedModsOnly'],
  ['an administrator lets managed hooks run only', { [MANAGED]: { allowManagedHooksOnly: true } }, 'administrator'],
  ['all hooks are switched off', { [USER]: { disableAllHooks: true } }, 'disableAllHooks'],
  ['the person has switched it off', { [USER]: { enabledPlugins: { 'fermata@skills-dir': false } } }, 'enabledPlugins'],
])('it does not run, and says so, where %s', (_name, settings, text) => {
  expect(reach(settings, { running: 0 })).toMatchObject({
    state: 'stopped',
    text: expect.stringMatching(new RegExp(`does not run: .*${text}.*by the hooks alone`)) as string,
  });
});

test('it runs where an administrator’s settings do not hold it back, and where they seem to', () => {
  expect(reach({ [MANAGED]: modsOnly(false) })?.state).toBe('runs');
  expect(reach({ [MANAGED]: MODS_ONLY })?.state).toBe('runs');
});

test('what only an administrator can set does nothing in the settings of a person', () => {
  expect(reach({ [USER]: MODS_ONLY })?.state).toBe('runs');
});

test.each(['2.1.163', '2.1.197', '2.1.285'])('Claude Code %s does not know such plugins', (claude) => {
  expect(reach({}, { running: 0 }, claude)).toMatchObject({
    state: 'stopped',
    text: expect.stringContaining(`Claude Code ${claude} does not know such plugins (2.1.286 does)`) as string,
  });
});

test.each([
  [
    'changed by others',
    { state: 'foreign', why: '/x/register.js was changed by somebody else' } as const,
    'was changed',
  ],
  ['of another home', { ...OURS, home: '/other' }, 'belongs to the Fermata in /other'],
  ['not complete', { ...OURS, complete: false }, 'files are missing'],
])('a folder that is %s is named', (_name, folder, text) => {
  expect(reach({}, { folder })).toMatchObject({ state: 'stopped', text: expect.stringContaining(text) as string });
});
