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

test('what a person reads of it names the folder, the sessions, and what to do', () => {
  const path = join(root, '.claude', 'skills', 'fermata');
  const WITHOUT = 'Everything works as it does by the hooks alone.';
  const stopped = (why: string, todo: string) => ({
    state: 'stopped',
    text: `The plugin in Claude Code does not run: ${why}. ${WITHOUT}`,
    todo,
  });
  expect(reach()).toEqual({
    state: 'runs',
    text: 'The plugin in Claude Code runs (version 1.0.0, in 1 of 2 sessions).',
  });
  expect(reach({}, { running: 0, sessions: 0 })).toEqual({
    state: 'waits',
    text: `The plugin is in ${path}; no session runs now.`,
  });
  const waits = `The plugin is in ${path}, and runs in none of the 2 sessions of now: they began before it was there. ${WITHOUT}`;
  expect(reach({}, { running: 0 })).toEqual({
    state: 'waits',
    text: waits,
    todo: 'Type /reload-plugins there, or restart them.',
  });
  const update = 'Install it again: it is of an older version than the rest of Fermata.';
  expect(reach({}, { running: 0, version: '1.0.1' })).toEqual({ state: 'waits', text: waits, todo: update });
  expect(reach({}, { version: '1.0.1' })).toMatchObject({ state: 'runs', todo: update });
  expect(reach({}, { version: undefined })).not.toHaveProperty('todo');
  const foreign = { state: 'foreign', why: '/x was changed' } as const;
  expect(reach({}, { folder: foreign })).toEqual(
    stopped('/x was changed', 'Move that folder away, then install the plugin again.'),
  );
  expect(reach({}, { folder: { ...OURS, home: '/other' } })).toEqual(
    stopped(`${path} belongs to the Fermata in /other`, 'Install it again to take it over.'),
  );
  expect(reach({}, { folder: { ...OURS, complete: false } })).toEqual(
    stopped(`files are missing in ${path}`, 'Install it again.'),
  );
  expect(reach({}, {}, '2.1.285')).toMatchObject({ todo: 'Update Claude Code.' });
  expect(reach({ [MANAGED]: MODS_ONLY }, { running: 0 })).toEqual(
    stopped(
      `an administrator’s settings let only managed plugins run (${join(root, MANAGED)}: allowManagedModsOnly)`,
      'Ask the administrator, or remove the plugin.',
    ),
  );
  const off = { enabledPlugins: { 'fermata@skills-dir': false } };
  expect(reach({ [MANAGED]: {}, [USER]: off })).toEqual(
    stopped(`it is switched off in ${join(root, USER)} (enabledPlugins)`, 'Switch it on by /plugin in Claude Code.'),
  );
  expect(reach({ [MANAGED]: { enabledPlugins: { 'fermata@skills-dir': true } } })?.state).toBe('runs');
  expect(reach({ [USER]: { disableAllHooks: true }, [MANAGED]: {} })).toEqual(
    stopped(
      `all hooks are switched off by "disableAllHooks" in ${join(root, USER)}`,
      'Remove it there, or set it to false.',
    ),
  );
});
