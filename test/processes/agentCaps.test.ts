import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { HookStage } from '#test/lib/hookStage.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

let stage: HookStage;
beforeEach(() => {
  stage = new HookStage();
});

const begin = async (settings: Record<string, unknown>): Promise<void> => {
  stage.settings({ 'hold.seconds': 0, ...settings });
  await stage.start();
  await prompt();
};
const prompt = (): Promise<unknown> => stage.answer('UserPromptSubmit', { prompt: 'go' });

let calls = 0;
/** The reason for which a call that starts an agent is refused; undefined where it may. */
async function launch(more: object = {}): Promise<string | undefined> {
  const tool_input = { description: 'look', prompt: 'look', subagent_type: 'Explore' };
  const call = { tool_name: 'Agent', tool_use_id: `toolu_${++calls}`, tool_input, ...more };
  const { hookSpecificOutput: output } = (await stage.answer('PreToolUse', call)) as {
    hookSpecificOutput?: { permissionDecision?: string; permissionDecisionReason?: string };
  };
  return output?.permissionDecision === 'deny' ? output.permissionDecisionReason : undefined;
}
const begun = (agent_id: string): Promise<unknown> =>
  stage.answer('SubagentStart', { agent_id, agent_type: 'Explore' });
const ended = (agent_id: string): Promise<unknown> =>
  stage.answer('SubagentStop', { agent_id, agent_type: 'Explore', stop_hook_active: false });

test('of four calls at the same time as many pass as may be at work, and one more once an agent has ended', async () => {
  await begin({ 'agents.max': 2 });
  const answers = await Promise.all([launch(), launch(), launch(), launch()]);
  const refused = answers.filter((answer) => answer !== undefined);
  expect(refused).toHaveLength(2);
  expect(refused[0]).toContain('fermata.agents.max');
  expect(refused[0]).toContain('at most 2 may be at once');
  await begun('a0000000000000001');
  await begun('a0000000000000002');
  expect(await launch()).toContain('2 agents at work');
  await ended('a0000000000000001');
  expect(await launch()).toBeUndefined();
});

test('depth and starts an hour, with the number and the setting', async () => {
  await begin({ 'agents.depth': 1, 'agents.perHour': 1 });
  expect(await launch()).toBeUndefined();
  await begun('a0000000000000001');
  const reason = await launch({ agent_id: 'a0000000000000001', agent_type: 'Explore' });
  expect(reason).toContain('2 deep');
  expect(reason).toContain('fermata.agents.depth');
  const again = await launch();
  expect(again).toContain('fermata.agents.perHour');
  expect(again).toContain('at most 1 an hour');
});

test('the person lets one call run, and ends a cap until the setting is another one', async () => {
  await begin({ 'agents.max': 1 });
  await begun('a0000000000000001');
  const call = { tool_use_id: 'toolu_again' };
  expect(await launch(call)).toBeDefined();
  stage.publish({ t: 'unblock', block: 'B1', by: 'user', call: 'toolu_again' });
  expect(await launch(call)).toBeUndefined();
  expect(await launch()).toBeDefined();
  stage.publish({ t: 'unblock', block: 'B1', by: 'user' });
  expect(await launch()).toBeUndefined();
  await prompt();
  expect(await launch()).toBeUndefined();
  stage.settings({ 'hold.seconds': 0, 'agents.max': 2 });
  await prompt();
  await begun('a0000000000000002');
  expect(await launch()).toContain('at most 2 may be at once');
});

test('a changed setting counts at the next such call, and 0 ends the cap and disarms the gate', async () => {
  await begin({ 'agents.max': 1 });
  await begun('a0000000000000001');
  expect(await launch()).toBeDefined();
  stage.settings({ 'hold.seconds': 0, 'agents.max': 3 });
  expect(await launch()).toBeUndefined();
  stage.settings({ 'hold.seconds': 0, 'agents.max': 0 });
  expect(await launch()).toBeUndefined();
  expect(existsSync(join(stage.dir, 'armed', 'PreToolUse'))).toBe(false);
  expect(stage.errorLog).toBe('');
});

test('without a cap nothing is armed and nothing is written', async () => {
  await begin({});
  const { length } = stage.events;
  expect(await launch()).toBeUndefined();
  expect(existsSync(join(stage.dir, 'armed', 'PreToolUse'))).toBe(false);
  expect(stage.events).toHaveLength(length);
});
