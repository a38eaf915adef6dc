import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { HookContext } from '#hooks/hookContext.ts';
import { onNotification } from '#hooks/handlers/notification.ts';
import { reply } from '#hooks/reply.ts';
import { ring, ringAtTurnEnd } from '#hooks/ring.ts';
import type { HookPayload } from '#protocol/payload.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { fold, T0 } from '#test/unit/core/fold/world.ts';

afterAll(removeTempDirs);

const BELL = '\u0007';

interface Stage {
  how?: string;
  env?: NodeJS.ProcessEnv;
  now?: number;
  log?: object[];
  fields?: Partial<HookPayload>;
}

function context({ how = 'bell', env = {}, now = T0, log = [], fields = {} }: Stage = {}): HookContext {
  const payload: HookPayload = { session_id: 's1', hook_event_name: 'Stop', ...fields };
  const home = tempDir();
  writeFileSync(join(home, 'settings.json'), JSON.stringify({ 'notify.system': how }));
  const environment = { home, env, now: () => now, timeoutSeconds: 60 };
  return new HookContext(payload, environment, { id: 'h', state: fold(log) });
}

const bytes = (stage: Stage, text = 'look'): string | undefined => ring(context(stage), text).answer?.terminal;
const working = { t: 'turn', state: 'working' };

describe('how Claude\u2019s own terminal rings', () => {
  test.each<[string, Stage, string | undefined]>([
    ['not at all', { how: 'off' }, undefined],
    ['by its bell', {}, BELL],
    ['in tmux, which passes on nothing else', { how: 'notification', env: { TMUX: '/tmp/1' } }, BELL],
    ['in the editor', { how: 'notification', env: { TERM_PROGRAM: 'vscode' } }, `\u001B]99;;look${BELL}`],
    ['on VTE', { how: 'notification', env: { VTE_VERSION: '7600' } }, `\u001B]777;notify;Claude Code;look${BELL}`],
    ['elsewhere', { how: 'notification', env: { TERM: 'xterm-256color' } }, `\u001B]9;look${BELL}`],
  ])('%s', (_name, stage, expected) => {
    expect(bytes(stage)).toBe(expected);
  });

  test('words of others end no sequence and begin none', () => {
    const text = `a;b${BELL}c\u001B]52;c;x\u001B\\\nd\u202E${'x'.repeat(500)}`;
    const sequence = bytes({ how: 'notification' }, text) ?? '';
    expect(sequence.slice(0, 13)).toBe('\u001B]9;a b c ]52');
    // oxlint-disable-next-line no-control-regex -- these are what must not be there
    expect(sequence.slice(4, -1)).not.toMatch(/[\u0000-\u001F\u007F-\u009F;\u202E]/);
    expect(sequence.length).toBeLessThan(140);
  });
});

test('the end of a turn rings if it was long', () => {
  const at = (now: number, log: object[]): unknown => ringAtTurnEnd(context({ now, log })).answer?.terminal;
  expect(at(T0 + 20_000, [working])).toBeUndefined();
  expect(at(T0 + 60_000, [working])).toBe(BELL);
  expect(at(T0 + 60_000, [working, { t: 'turn', state: 'idle' }])).toBeUndefined();
});

test('Claude Code\u2019s own notification rings only where the request could not', () => {
  const rings = (type: string, log: object[]): unknown =>
    onNotification(context({ log, fields: { notification_type: type, message: 'm' } })).answer?.terminal;
  const ask = { t: 'ask', ask: 'a', tool: 'Bash', summary: 'x' };
  expect(rings('permission_prompt', [working])).toBe(BELL);
  expect(rings('permission_prompt', [working, ask])).toBeUndefined();
  expect(rings('permission_prompt', [working, { ...ask, answerable: true }])).toBe(BELL);
  expect(rings('idle_prompt', [working])).toBeUndefined();
});

test('the bytes go along with the answer, unless Claude goes on', () => {
  expect(JSON.parse(reply('Stop', { terminal: BELL }, 'json').stdout)).toEqual({ terminalSequence: BELL });
  expect(reply('Stop', {}, 'json').stdout).toBe('');
  // the turn goes on
  for (const more of [{ block: 'not yet' }, { context: 'a note' }])
    expect(reply('Stop', { terminal: BELL, ...more }, 'json').stdout).not.toContain('terminalSequence');
});
