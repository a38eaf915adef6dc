import fc from 'fast-check';
import { toViewModel } from '#core/projection/toViewModel.ts';
import type { ViewModel } from '#protocol/viewModel.ts';
import { fold, T0 } from '#test/unit/core/fold/world.ts';

export const NOW = T0 + 60_000;

/** A session with these events, as a surface shows it. */
export const viewOf = (
  log: object[],
  { id = 's1', now = NOW, live = true }: { id?: string; now?: number; live?: boolean } = {},
): ViewModel =>
  toViewModel(fold([{ t: 'session', session: id, cwd: `/home/dev/${id}` }, ...log]), {
    id,
    now,
    live,
    silentSeconds: 120,
  });

export const working = { t: 'turn', state: 'working' };
export const idle = { t: 'turn', state: 'idle' };
export const ask = (fields: object = {}): object => ({
  t: 'ask',
  ask: 'a1',
  tool: 'Bash',
  summary: 'npm publish',
  ...fields,
});
export const blocks = (worker: string, fields: object = {}): object => {
  return { t: 'hook', worker, event: 'PreToolUse', exit: 2, message: 'look first', ...fields };
};
export const held = { t: 'held', id: 'h', block: 'B1', tool: 'Bash', summary: 'sh merge.sh', call: 'toolu_1' };
export const denied = { ...held, t: 'denied' };

/** Events that make and end decisions, in any order. */
export const events = fc.array(
  fc.oneof(
    fc.constantFrom<object>(working, idle, { t: 'turn', state: 'waiting' }, { t: 'end' }),
    fc.constantFrom('a1', 'a2').map((id) => ask({ ask: id })),
    fc.constantFrom('a1', 'a2').map((id) => ({ t: 'answer', ask: id, decision: 'gone', by: 'user' })),
    fc.constantFrom('user', 'W1', 'review').map((worker) => blocks(worker)),
    fc
      .tuple(fc.constantFrom('B1', 'B2', 'B3'), fc.constantFrom('c1', 'c2'), fc.constantFrom('held', 'denied'))
      .map(([block, call, t]) => ({ t, id: `${block}${call}`, block, call, tool: 'Bash', summary: call })),
    fc.constantFrom('B1', 'B2').map((block) => ({ t: 'unblock', block, by: 'user' })),
    fc.constant({ t: 'exit', worker: 'W1', code: 1 }),
    fc.constant({ t: 'log', level: 'escalate', message: 'no licence' }),
  ),
  { maxLength: 25 },
);
