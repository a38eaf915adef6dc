import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { HookStage } from '#test/lib/hookStage.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

let stage: HookStage;
beforeEach(async () => {
  stage = new HookStage();
  await stage.start();
  await stage.fire('UserPromptSubmit', { prompt: 'go' });
});

const critical = (n: number): void =>
  stage.publish({ t: 'error', worker: `W${n}`, message: `failure ${n}`, critical: true });
/** @param isActive whether some hook has refused the end of this turn before, as Claude Code tells */
const stop = async (env: Record<string, string> = {}, isActive = false): Promise<boolean> => {
  const { stdout } = await stage.fire('Stop', { stop_hook_active: isActive, background_tasks: [] }, env);
  return goesOn(stdout);
};
const subagentStop = async (agent: string): Promise<boolean> =>
  goesOn((await stage.fire('SubagentStop', { agent_id: agent, agent_type: 'Explore' })).stdout);
/** The reason is given as context, as to the newest version: the hooks' Claude has none here. */
const goesOn = (stdout: string): boolean => stdout.includes('"additionalContext"');
const escalations = (): string[] => stage.state.notices.filter((n) => n.kind === 'escalation').map((n) => n.text);

/** Fires until it is let go; returns how often it was refused. */
async function refusals(once: () => Promise<boolean>): Promise<number> {
  for (let count = 0; count < 20; count++) if (!(await once())) return count;
  throw new Error('it is refused for ever');
}

describe('the end of a turn', () => {
  test('is refused three times for one cause; then the person is told and it may end', async () => {
    critical(1);
    expect(await refusals(stop)).toBe(3);
    expect(escalations()).toEqual([
      'Claude ended its turn although B1 was not resolved (refused 3 times): CRITICAL: failure 1',
    ]);
    expect(stage.state.conductor.state).toBe('idle');
    // the next turn begins from nothing
    await stage.fire('UserPromptSubmit', { prompt: 'again' });
    expect(await refusals(stop)).toBe(3);
  });

  test('is never refused so often that Claude Code would end it unannounced, however many causes come', async () => {
    let causes = 0;
    const withNewCause = (): Promise<boolean> => {
      critical(++causes);
      return stop();
    };
    expect(await refusals(withNewCause)).toBe(7);
    expect(escalations().length).toBeGreaterThan(0);
    expect(escalations()[0]).toContain('its end was refused 7 times in all');
  });

  test('a limit of Claude Code’s that the person has lowered counts', async () => {
    let causes = 0;
    const env = { CLAUDE_CODE_STOP_HOOK_BLOCK_CAP: '3' };
    const withNewCause = (): Promise<boolean> => {
      critical(++causes);
      return stop(env);
    };
    expect(await refusals(withNewCause)).toBe(2);
  });

  test('what somebody else’s hook refused counts towards that limit as well', async () => {
    // no block of ours is active: each time the turn continues because of another hook
    for (let i = 0; i < 5; i++) expect(await stop({}, i > 0)).toBe(false);
    let causes = 0;
    const withNewCause = (): Promise<boolean> => {
      critical(++causes);
      return stop({}, true);
    };
    expect(await refusals(withNewCause)).toBe(3);
  });

  test('what was refused in a turn before does not count in one that no hook has told of', async () => {
    for (let i = 0; i < 7; i++) expect(await stop({}, i > 0)).toBe(false);
    critical(1);
    expect(await refusals(stop)).toBe(3);
  });

  test('of an aborted session is not refused', async () => {
    critical(1);
    stage.publish({ t: 'abort', by: 'user' });
    expect(await stop()).toBe(false);
    expect(escalations()).toEqual([]);
  });
});

describe('the end of a subagent’s turn', () => {
  const block = (n: number): void =>
    stage.publish({ t: 'hook', worker: `W${n}`, event: 'SubagentStop', exit: 2, stderr: `reason ${n}` });

  test('is refused three times for one cause, of each subagent', async () => {
    block(1);
    expect(await refusals(() => subagentStop('a1'))).toBe(3);
    expect(await refusals(() => subagentStop('a2'))).toBe(3);
    expect(escalations()[0]).toBe('a1 ended its turn although B1 was not resolved (refused 3 times): reason 1');
  });

  test('is never refused more often than seven times', async () => {
    let causes = 0;
    const withNewCause = (): Promise<boolean> => {
      block(++causes);
      return subagentStop('a1');
    };
    expect(await refusals(withNewCause)).toBe(7);
  });
});
