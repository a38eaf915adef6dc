import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import {
  entriesFor,
  eventOf,
  homeOfEntry,
  hookEntries,
  impliedVersion,
  isFermataEntry,
  leftOut,
  permissionRules,
  sharedEntries,
} from '#core/install/entries.ts';
import { invalidHooks } from '#core/install/settings/hookShape.ts';
import { HOOK_EVENTS } from '#protocol/hookEvents.ts';
import { addHooks, removeHooks } from '#core/install/settings/settingsEdit.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

describe('entries', () => {
  const entries = hookEntries({ home: '/h/.fermata' });

  test('run the gate itself in exec form, told its event and time-out', () => {
    expect(entries['PreToolUse']).toEqual([
      { type: 'command', command: '/h/.fermata/hooks/gate.sh', args: ['PreToolUse', '86400'], timeout: 86_400 },
    ]);
  });

  test('may hold where a call or a turn can be held, and nowhere else', () => {
    const long = Object.entries(entries).filter(([, [entry]]) => (entry?.timeout ?? 0) > 60);
    const names = long.map(([event]) => event).join(' ');
    expect(names).toBe('PreToolUse Stop SubagentStop PermissionRequest');
    for (const event of Object.keys(entries)) expect(HOOK_EVENTS).toContain(eventOf(event));
  });

  test('start the waiter that wakes an idle session where one may begin to be idle', () => {
    const waiters = Object.entries(entries).filter(([, list]) => list.some((entry) => entry.asyncRewake === true));
    expect(waiters.map(([event]) => event)).toEqual(['SessionStart', 'UserPromptSubmit', 'Stop']);
    for (const [, list] of waiters) {
      expect(list).toHaveLength(2);
      // what Claude and the person read when it wakes a session
      const texts = { rewakeMessage: 'News that may not wait:', rewakeSummary: 'Fermata: news for Claude' };
      const waiter = { type: 'command', command: '/h/.fermata/hooks/gate.sh', args: ['Wake', '86400'] };
      expect(list[1]).toEqual({ ...waiter, timeout: 86_400, asyncRewake: true, ...texts });
      expect(isFermataEntry('/h/.fermata')(list[1])).toBe(true);
    }
    expect(invalidHooks({ hooks: { Stop: [{ hooks: entries['Stop'] }] } })).toEqual([]);
    for (const list of Object.values(hookEntries({ home: '/h', windowsNode: 'C:\\node.exe' })))
      expect(list).toHaveLength(1);
  });
});

describe('by version', () => {
  const atEvents = (claude: string | undefined, failClosed: boolean) => hookEntries({ home: '/h', claude, failClosed });
  const flat = (entries: Record<string, object[]>) =>
    Object.entries(entries).flatMap(([event, hooks]) => hooks.map((hook) => ({ event, hook })));

  test('an event is there where Claude Code is known to know it, never shared, and its entry is that of calls', () => {
    for (const claude of ['2.1.331', undefined])
      expect(atEvents(claude, false)).not.toHaveProperty('PreSkillShellCommand');
    for (const claude of ['2.1.332', '2.2.0']) {
      const entries = atEvents(claude, false);
      expect(entries['PreSkillShellCommand']).toEqual(entries['PreToolUse']);
      expect(sharedEntries(claude)).not.toHaveProperty('PreSkillShellCommand');
    }
  });

  test('onFailure is there with failClosed where Claude Code knows it, only before a call, and never shared', () => {
    const withKey = (claude: string | undefined, failClosed = true) =>
      flat(atEvents(claude, failClosed)).flatMap(({ event, hook }) => ('onFailure' in hook ? [event] : []));
    expect(withKey('2.1.294')).toEqual([]);
    expect(withKey('2.1.295')).toEqual(['PreToolUse']);
    expect(withKey('2.1.332')).toEqual(['PreToolUse', 'PreSkillShellCommand']);
    expect(withKey(undefined)).toEqual(['PreToolUse']);
    expect(withKey('2.1.332', false)).toEqual([]);
    expect(JSON.stringify(sharedEntries())).not.toContain('onFailure');
    for (const { hook } of flat(atEvents('2.1.332', true)).filter(({ hook }) => 'onFailure' in hook))
      expect(hook).toMatchObject({ onFailure: 'block' });
    expect(invalidHooks({ hooks: { PreToolUse: [{ hooks: atEvents(undefined, true)['PreToolUse'] }] } })).toEqual([]);
  });

  test('one that refuses is known as ours, also to earlier versions of Fermata: the gate is one of its arguments', () => {
    for (const home of ['/h/.fermata', "/srv/it's & $x/fm"])
      for (const hook of hookEntries({ home, failClosed: true })['PreToolUse'] ?? [])
        expect(homeOfEntry(home, hook)).toBe(home);
  });

  test('what an older version leaves out is said, of a hook that fails only where that would refuse', () => {
    const lacks = (claude: string | undefined, failClosed: boolean): string[] => leftOut({ claude, failClosed });
    const skill = (version: string): string =>
      `Claude Code ${version} does not know the event PreSkillShellCommand (2.1.332 does): what a skill or a slash command runs in a shell by itself is not held.`;
    expect(lacks('2.1.294', true)).toEqual([
      skill('2.1.294'),
      'Claude Code 2.1.294 does not know "onFailure" (2.1.295 does): a hook that is killed or runs out of time lets its call pass, although fermata.failClosed is set.',
    ]);
    expect(lacks('2.1.294', false)).toEqual([skill('2.1.294')]);
    expect(lacks('2.1.331', true)).toEqual([skill('2.1.331')]);
    for (const version of ['2.1.332', undefined]) expect(lacks(version, true)).toEqual([]);
    expect(['PreSkillShellCommand', 'Stop'].map(eventOf)).toEqual(['PreToolUse', 'Stop']);
  });

  test('entries tell for which version they were made', () => {
    const made = (claude: string | undefined, failClosed: boolean) =>
      impliedVersion(flat(atEvents(claude, failClosed)));
    expect(made('2.1.197', true)).toBe('0.0.0');
    expect(made('2.1.300', true)).toBe('2.1.295');
    expect(made('2.1.300', false)).toBe('0.0.0');
    expect(made('2.1.400', true)).toBe('2.1.332');
    expect(made(undefined, false)).toBe('0.0.0');
  });
});

describe('on Windows', () => {
  const home = 'C:\\Users\\Ada & Co\\.fermata';
  const node = 'C:\\Program Files (x86)\\nodejs\\node.exe';
  const entries = hookEntries({ home, windowsNode: node });

  test('Node runs the hook program in exec form: no shell has to understand blanks, brackets or an ampersand', () => {
    expect(entries['Stop']).toEqual([
      { type: 'command', command: node, args: [`${home}\\hooks\\hook.cjs`, 'Stop', '86400'], timeout: 86_400 },
    ]);
    for (const list of Object.values(entries)) expect(list.every(isFermataEntry(home))).toBe(true);
  });

  const cmd = { type: 'command', command: 'C:\\Windows\\System32\\cmd.exe', timeout: 86_400 };
  const launch = (gate: string) => ['/d', '/c', 'if', 'exist', gate, '(', gate, 'PreToolUse', '86400', ')'];

  test('an editor’s own program is started by a launcher, which makes it Node; a path with a blank is quoted by who starts it', () => {
    const electron = hookEntries({ home, windowsNode: 'C:\\Code.exe', electron: true });
    const gate = `${home}\\hooks\\gate.cmd`;
    expect(electron['PreToolUse']).toEqual([{ ...cmd, args: launch(gate) }]);
    expect(JSON.stringify(electron)).not.toContain('Code.exe');
    const other = 'C:\\a&b (1)\\.fermata'.replace(' ', '');
    const [entry] = hookEntries({ home: other, windowsNode: 'C:\\Code.exe', electron: true })['PreToolUse'] ?? [];
    expect(entry?.args).toEqual(launch('C:\\a^&b^(1^)\\.fermata\\hooks\\gate.cmd'));
    expect(homeOfEntry(other, entry)).toBe(other.replaceAll('\\', '/'));
    for (const list of Object.values(electron)) expect(list.every(isFermataEntry(home))).toBe(true);
  });

  test('with failClosed a failure before a call refuses, and nothing does once the home is gone', () => {
    const gate = `${home}\\hooks\\gate.cmd`;
    const failClosed = hookEntries({ home, windowsNode: node, failClosed: true });
    const args = [...launch(gate), 'else', 'if', 'exist', `${home}\\fail-closed`, '(', 'exit', '2', ')'];
    expect(failClosed['PreToolUse']).toEqual([{ ...cmd, args, onFailure: 'block' }]);
    expect(hookEntries({ home, windowsNode: node, failClosed: true, claude: '2.1.294' })['PreToolUse']).toEqual([
      { ...cmd, args },
    ]);
    expect(failClosed['Stop']).toEqual(entries['Stop']);
  });

  test('they go into a file with its own line ends, and out again to the byte', () => {
    const before = '{\r\n\t"env": {\r\n\t\t"DIR": "C:\\\\temp"\r\n\t}\r\n}\r\n';
    const isOurs = isFermataEntry(home);
    const added = addHooks(before, { entries, isOurs });
    if (!added.ok) throw new Error(added.problem.message);
    expect(added.text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    expect((JSON.parse(added.text) as { hooks: Record<string, unknown> }).hooks['Stop']).toEqual([
      { hooks: entries['Stop'] },
    ]);
    const removed = removeHooks(added.text, { isOurs, footprint: added.footprint });
    expect(removed.ok && removed.text).toBe(before);
  });

  test('a rule names the home as Claude Code writes paths there', () => {
    expect(permissionRules('D:\\fm', 'C:\\Users\\a').map(({ rule }) => rule)).toEqual([
      'Read(//d/fm/sessions/*/workers/*/out/**)',
      'Edit(//d/fm/**)',
    ]);
  });
});

describe('our entries', () => {
  const isOurs = isFermataEntry('/srv/my home/fm');

  test.each([
    { command: '/srv/my home/fm/hooks/gate.sh', args: ['Stop', '60'] },
    { command: '/home/other/.fermata/hooks/gate.sh', args: [] },
    { command: '/bin/sh', args: ['/srv/my home/fm/hooks/gate.sh', 'Stop'] },
    { command: 'C:\\node.exe', args: ['C:\\Users\\a\\.fermata\\hooks\\hook.cjs', 'Stop', '60'] },
    { command: 'sh "/srv/my home/fm/hooks/gate.sh" Stop 60' },
    { command: '/home/a/.fermata/hooks/gate.sh Stop' },
    { command: '/home/a/.fermata/hooks/gate.sh' },
    { command: '~/.fermata/hooks/gate.sh  Stop  86400' },
    { command: 'sh /home/a/.fermata/hooks/gate.sh Stop 60' },
    { command: "/usr/bin/bash  '/home/a b/.fermata/hooks/gate.sh' Stop" },
    { command: '/bin/dash /home/a/.fermata/hooks/gate.sh' },
    { command: 'C:\\Users\\a\\.fermata\\hooks\\gate.cmd' },
    { command: '/srv/my home/fm/hooks/hook.cjs', args: 'Stop' },
    { command: `/${'x'.repeat(2000 - '//.fermata/hooks/gate.sh'.length)}/.fermata/hooks/gate.sh` },
  ])('%j', (hook) => expect(isOurs(hook)).toBe(true));

  test('are those of a home that is written with slashes at its end, too', () => {
    for (const written of ['/srv/fm/', '/srv/fm//'])
      expect(homeOfEntry(written, { command: '/srv/fm/hooks/gate.sh' })).toBe('/srv/fm');
    expect(homeOfEntry('/srv/fm', { command: '/home/a/.fermata/hooks/hook.cjs' })).toBe('/home/a/.fermata');
  });

  test.each([
    { command: '/opt/other/hooks/gate.sh', args: ['Stop', '60'] },
    { command: 'x && /home/a/.fermata/hooks/gate.sh' },
    { command: 'echo', args: ['see /home/a/.fermata/hooks/gate.sh'] },
    { command: 'grep x /home/a/.fermata/hooks/gate.sh.txt' },
    { type: 'http', url: 'http://127.0.0.1/.fermata/hooks/gate.sh' },
    { command: 'zsh /home/a/.fermata/hooks/gate.sh Stop 60' },
    { command: '/home/a/.fermata/hooks/gate.sh Stop 60 more' },
    { command: '/home/a/.fermata/hooks/gate.sh Stop later' },
    { command: '/home/a/.fermata/hooks/gate.sh 60' },
    { command: 'evil\n/home/a/.fermata/hooks/gate.sh' },
    { command: '/home/a/.fermata/hooks/gate.sh\nevil' },
    { command: `"/home/a/.fermata/hooks/gate.sh'` },
    { command: '$(evil)/.fermata/hooks/gate.sh' },
    { command: '/$(evil)/.fermata/hooks/gate.sh' },
    { command: 'home/a/.fermata/hooks/gate.sh' },
    { command: '1:/a/.fermata/hooks/gate.sh' },
    { command: 'xC:/a/.fermata/hooks/gate.sh' },
    { command: '/home/a/my.fermata/hooks/gate.sh' },
    { command: '/home/a/.fermata/hooks/other.sh' },
    { command: 7, args: 'x', type: 'command' },
    { command: `/${'x'.repeat(2001 - '//.fermata/hooks/gate.sh'.length)}/.fermata/hooks/gate.sh` },
    null,
    'gate.sh',
    {},
  ])('not %j', (hook) => expect(isOurs(hook)).toBe(false));
});

describe('permission rules', () => {
  test('name the default home by ~', () => {
    expect(permissionRules('/home/a/.fermata', '/home/a').map(({ list, rule }) => `${list} ${rule}`)).toEqual([
      'allow Read(~/.fermata/sessions/*/workers/*/out/**)',
      'deny Edit(~/.fermata/**)',
    ]);
  });

  test('name another home by its real path', () => {
    const dir = tempDir();
    mkdirSync(join(dir, 'real'));
    symlinkSync('real', join(dir, 'link'));
    expect(permissionRules(join(dir, 'link'), '/home/a')[1]?.rule).toBe(`Edit(/${dir}/real/**)`);
  });
});

describe('entries of a file that a project shares', () => {
  const entries = Object.values(sharedEntries()).flat();

  test('start the gate of the one who runs them, and take the payload and do nothing where there is none', () => {
    const root = tempDir();
    const command = sharedEntries()['PreToolUse']?.[0]?.command ?? '';
    const run = (env: object): unknown[] => {
      const options = { input: 'payload', encoding: 'utf8', env: { PATH: process.env['PATH'], ...env } } as const;
      const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', command], options);
      return [status, stdout, stderr];
    };
    const gate = (home: string, mode = 0o755): void => {
      mkdirSync(join(home, 'hooks'), { recursive: true });
      writeFileSync(join(home, 'hooks', 'gate.sh'), `#!/bin/sh\necho ${home} "$@"; cat; exit 2\n`, { mode });
      chmodSync(join(home, 'hooks', 'gate.sh'), mode);
    };
    const own = join(root, '.fermata');
    expect(run({ HOME: root })).toEqual([0, '', '']);
    gate(own, 0o644);
    expect(run({ HOME: root })).toEqual([0, '', '']);
    gate(own);
    expect(run({ HOME: root })).toEqual([2, `${own} PreToolUse 86400 shared\npayload`, '']);
    gate(join(root, 'other'));
    const other = { HOME: root, FERMATA_HOME: join(root, 'other') };
    expect(run(other)).toEqual([2, `${join(root, 'other')} PreToolUse 86400 shared\npayload`, '']);
    mkdirSync(join(root, 'third', 'hooks', 'gate.sh'), { recursive: true });
    expect(run({ HOME: root, FERMATA_HOME: join(root, 'third') })).toEqual([0, '', '']);
  });

  test('go by no setting of one person’s, while those of a person do', () => {
    const home = tempDir();
    const of = (scope: 'user' | 'local' | 'project') => entriesFor(scope, { home, claude: '2.1.332' });
    expect([of('user'), of('local')]).toEqual([hookEntries({ home, claude: '2.1.332' }), of('user')]);
    writeFileSync(join(home, 'fail-closed'), '');
    expect(of('user')).toEqual(hookEntries({ home, claude: '2.1.332', failClosed: true }));
    expect(of('project')).toEqual(sharedEntries('2.1.332'));
    const windows = entriesFor('user', { home, windowsNode: 'C:\\node.exe' });
    expect(windows).toEqual(hookEntries({ home, windowsNode: 'C:\\node.exe', failClosed: true }));
  });

  test('name no home; each person’s own is found when they run, `FERMATA_HOME` before the default one', () => {
    for (const { command, args } of entries) {
      expect(args).toBeUndefined();
      expect(command).toMatch(/^g="\$\{FERMATA_HOME:-\$HOME\/\.fermata\}\/hooks\/gate\.sh"; /);
    }
    expect(entries.map(({ timeout }) => timeout)).toEqual(
      Object.values(hookEntries({ home: '/h' }))
        .flat()
        .map(({ timeout }) => timeout),
    );
  });

  test('are ours, of every person; one with anything more is not', () => {
    for (const home of ['/home/a/.fermata', '/srv/fm'])
      for (const entry of entries) expect(homeOfEntry(home, entry)).toBe(home);
    const command = entries[0]?.command ?? '';
    expect(homeOfEntry('/srv/fm', { type: 'command', command, args: [] })).toBeUndefined();
    for (const foreign of [
      `${command}; evil`,
      `evil; ${command}`,
      command.replace('cat', 'evil'),
      command.replace('$HOME', '/evil'),
    ])
      expect(isFermataEntry('/home/a/.fermata')({ type: 'command', command: foreign }), foreign).toBe(false);
  });
});
