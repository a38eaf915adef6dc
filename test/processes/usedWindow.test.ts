import { afterAll, expect, test } from 'vitest';
import { HookStage } from '#test/lib/hookStage.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

test('a held call goes on by itself when the window of the subscription begins anew', async () => {
  const stage = new HookStage({ 'hold.seconds': 60, 'budget.window': '5h:90' });
  await stage.start();
  const report = (resetsTs: number): void =>
    stage.publish({ t: 'usage', source: 'Claude Code', limits: [{ kind: 'five_hour', pct: 92, resetsTs }] });
  const resetsTs = Date.now() + 10_000;
  report(resetsTs);
  const call = { tool_name: 'Bash', tool_use_id: 'toolu_1', tool_input: { command: 'ls' } };
  expect(await stage.answer('PreToolUse', call)).toEqual({});
  expect(Date.now()).toBeGreaterThanOrEqual(resetsTs);
  const held = stage.events.filter(({ t }) => t === 'held');
  expect(held).toHaveLength(2);
  expect(held[1]?.['ms']).toBeGreaterThan(0);
  stage.settings({ 'hold.seconds': 0, 'budget.window': '5h:90' });
  report(Date.now() + 3_600_000);
  expect(JSON.stringify(await stage.answer('PreToolUse', call))).toContain('92 % of the limit of five hours are used');
  stage.settings({ 'hold.seconds': 0 });
  expect(await stage.answer('PreToolUse', call)).toEqual({});
});
