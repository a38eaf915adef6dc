import { expect, test } from 'vitest';
import { holdMs } from '#core/policy/holdLimit.ts';
import { fold } from '#test/unit/core/fold/world.ts';

const hook = { t: 'hook', event: 'PreToolUse', exit: 2, message: 'wait' };
const OF_WORKER = { ...hook, worker: 'W1' };
const OF_PERSON = { ...hook, worker: 'user' };
const PAUSE = { ...hook, worker: 'user', key: 'pause' };
const PAUSE_OF_ONE = { ...hook, worker: 'user', key: 'pause a1' };
const PAUSE_OF_WORKER = { ...hook, worker: 'W1', key: 'pause' };

test.each<[string, object[], number, number, number]>([
  ['a block of a worker as long as the setting says', [OF_WORKER], 30, 600, 30],
  ['no longer than Claude Code lets a hook run', [OF_WORKER], 3600, 600, 595],
  ['not at all where that is too short to answer', [OF_WORKER], 30, 4, 0],
  ['not at all with the setting 0', [OF_WORKER], 0, 600, 0],
  ['a block of the person as long as the hook may run', [OF_PERSON], 30, 600, 595],
  ['one of the person among others', [OF_WORKER, OF_PERSON], 30, 600, 595],
  ['a block of the person not at all with the setting 0', [OF_PERSON], 0, 600, 0],
  ['a pause as long as the hook may run, whatever the setting is', [PAUSE], 0, 600, 595],
  ['a pause of one agent as well', [PAUSE_OF_ONE, OF_WORKER], 0, 600, 595],
  ['what a worker calls a pause as any block of it', [PAUSE_OF_WORKER], 30, 600, 30],
  ['no block for the setting', [], 30, 600, 30],
])('a call is held for %s', (_what, events, setting, timeout, seconds) => {
  expect(holdMs([...fold(events).blocks.values()], setting, timeout)).toBe(seconds * 1000);
});
