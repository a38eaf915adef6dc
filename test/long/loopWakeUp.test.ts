import { afterEach, expect, test } from 'vitest';
import { Orchestra } from '#test/lib/orchestra.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { openTerminalClaude, type TerminalClaude } from '#test/lib/terminal.ts';
import { waitFor } from '#test/lib/waitFor.ts';

let orchestra: Orchestra;
let terminal: TerminalClaude | undefined;
afterEach(async () => {
  terminal?.kill();
  await orchestra?.close();
  removeTempDirs();
});

test('a wake-up of /loop, which comes after a minute at the earliest, starts no rule and is named', async () => {
  orchestra = await Orchestra.open(
    (turn) => {
      const input = { delaySeconds: 60, reason: 'wait', prompt: '/loop merge the branch' };
      const isTyped = turn.lastUserText.includes('look at it') && turn.lastToolResults.length === 0;
      return isTyped ? { tools: [{ name: 'ScheduleWakeup', input }] } : { text: 'ok' };
    },
    { settings: { 'hold.seconds': 0 } },
  );
  const workers = [{ task: 'never', run: ['true'] }];
  orchestra.writeApprovedRules({ version: 1, rules: [{ name: 'r', prompt: 'merge the branch', workers }] });
  const { project: cwd, home, model } = orchestra;
  const allowedTools = ['ScheduleWakeup'];
  const args = ['--permission-mode', 'default'];
  terminal = await openTerminalClaude({ cwd, home, modelUrl: model.url, version: 'newest', allowedTools, args });
  await terminal.ask('/loop look at it');
  const isScheduled = ({ t, from }: Record<string, unknown>): boolean => t === 'prompt' && from === 'schedule';
  await waitFor(() => orchestra.events.some(isScheduled), { describe: 'the wake-up', timeoutMs: 240_000 });
  await orchestra.until('its turn is over', (s) => s.conductor.turn === 2 && s.conductor.state === 'idle');
  expect(orchestra.state.runs.size).toBe(0);
});
