import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { hookEntries, isFermataEntry, permissionRules } from '../../../src/core/install/entries.ts';
import { invalidHooks } from '../../../src/core/install/hookShape.ts';
import { HOOK_EVENTS } from '../../../src/protocol/hookEvents.ts';
import { removeTempDirs, tempDir } from '../../lib/tempDir.ts';

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
    expect(long.map(([event]) => event)).toEqual(['PreToolUse', 'Stop', 'SubagentStop', 'PermissionRequest']);
    for (const event of Object.keys(entries)) expect(HOOK_EVENTS).toContain(event);
  });

  test('start the waiter that wakes an idle session where one may begin to be idle', () => {
    const waiters = Object.entries(entries).filter(([, list]) => list.some((entry) => entry.asyncRewake === true));
    expect(waiters.map(([event]) => event)).toEqual(['SessionStart', 'UserPromptSubmit', 'Stop']);
    for (const [, list] of waiters) {
      expect(list).toHaveLength(2);
      expect(list[1]).toMatchObject({ command: '/h/.fermata/hooks/gate.sh', args: ['Wake', '86400'], timeout: 86_400 });
      expect(isFermataEntry('/h/.fermata')(list[1])).toBe(true);
    }
    expect(invalidHooks({ hooks: { Stop: [{ hooks: entries['Stop'] }] } })).toEqual([]);
    for (const list of Object.values(hookEntries({ home: '/h', windowsNode: 'C:\\node.exe' })))
      expect(list).toHaveLength(1);
  });

  test('run Node on Windows', () => {
    const [entry] = hookEntries({ home: '/h', windowsNode: 'C:\\node.exe' })['Stop'] ?? [];
    expect(entry).toMatchObject({ command: 'C:\\node.exe', args: [join('/h', 'hooks', 'hook.cjs'), 'Stop', '86400'] });
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
  ])('%j', (hook) => expect(isOurs(hook)).toBe(true));

  test.each([
    { command: '/opt/other/hooks/gate.sh', args: ['Stop', '60'] },
    { command: 'x && /home/a/.fermata/hooks/gate.sh' },
    { command: 'echo', args: ['see /home/a/.fermata/hooks/gate.sh'] },
    { command: 'grep x /home/a/.fermata/hooks/gate.sh.txt' },
    { type: 'http', url: 'http://127.0.0.1/.fermata/hooks/gate.sh' },
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
