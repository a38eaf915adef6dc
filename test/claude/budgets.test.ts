import { afterEach, expect, test } from 'vitest';
import { Orchestra } from '#test/lib/orchestra.ts';
import type { Reply } from '#test/lib/modelReply.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';

let orchestra: Orchestra;
afterEach(async () => {
  await orchestra?.close();
  removeTempDirs();
});

/** A turn of Claude takes a second, and many of them where the machine is busy. */
const PATIENCE_MS = 180_000;
const AGENTS = ['one', 'two', 'three', 'four'];
/** What one message of each agent takes: the second and the fourth cross their budget with their second one. */
const TOKENS: Record<string, number> = { one: 1000, two: 6000, three: 1000, four: 6000 };
const STEPS = 4;

const bash = (command: string, inputTokens: number): Reply => ({
  tools: [{ name: 'Bash', input: { command, description: 'step' } }],
  inputTokens,
});

/** What the calls of each agent have returned, in their order. */
const results = new Map<string, string[]>();

const launch: Reply = {
  tools: AGENTS.map((name) => ({
    name: 'Agent',
    input: { description: `agent ${name}`, prompt: `work as ${name}`, subagent_type: 'general-purpose' },
  })),
};

test(
  'of four parallel agents those that have spent their budget in the middle are held before their next call, the others go on',
  async () => {
    results.clear();
    orchestra = await Orchestra.open(
      (turn) => {
        const [, name] = /work as (\w+)/.exec(turn.allText) ?? [];
        if (!turn.subagent || name === undefined) return turn.index === 0 ? launch : { text: 'all done' };
        const known = results.get(name) ?? [];
        known.push(...turn.lastToolResults.map(({ text }) => text));
        results.set(name, known);
        const isHeld = known.some((text) => text.includes('of 10k tokens'));
        return isHeld || turn.index >= STEPS
          ? { text: `${name} is done` }
          : bash(`echo step-${turn.index}`, TOKENS[name] ?? 0);
      },
      { settings: { 'hold.seconds': 0, 'budget.agent': '10k' } },
    );
    const run = await orchestra.run('go', { allowedTools: ['Agent', 'Bash'] });
    expect(run.code).toBe(0);
    expect(orchestra.model.scriptErrors).toEqual([]);
    for (const name of ['one', 'three'])
      expect(results.get(name)?.map((text) => text.trim())).toEqual(['step-0', 'step-1', 'step-2', 'step-3']);
    for (const name of ['two', 'four']) {
      const [first, second, ...rest] = results.get(name) ?? [];
      expect(first?.trim()).toBe('step-0');
      expect(second).toContain('of 10k tokens (from its transcript');
      expect(second).toContain('fermata.budget.agent');
      expect(rest).toEqual([]);
    }
    const denied = orchestra.events.filter(({ t }) => t === 'denied');
    expect(denied).toHaveLength(2);
  },
  PATIENCE_MS,
);

test(
  'a held call of a session goes on once the person names a new sum',
  async () => {
    results.clear();
    orchestra = await Orchestra.open(
      (turn) => (turn.index >= 2 ? { text: turn.newInput } : bash(`echo step-${turn.index}`, 6000)),
      { settings: { 'hold.seconds': 120, 'budget.session': '10k' } },
    );
    const claude = orchestra.live({ allowedTools: ['Bash'] });
    try {
      const answered = claude.ask('go', PATIENCE_MS);
      await orchestra.until('the second call to be held', ({ blocks }) =>
        [...blocks.values()].some(({ holding }) => holding.length > 0),
      );
      const env = orchestra.env({ FERMATA_HOME: orchestra.fermataHome });
      const raised = await orchestra.fermataIn(
        env,
        'release-block',
        'B1',
        '--budget',
        '40k',
        '--session',
        claude.sessionId(),
      );
      expect(raised).toMatchObject({ code: 0 });
      await answered;
      expect(orchestra.events.filter(({ t }) => t === 'denied')).toEqual([]);
      expect(orchestra.state.conductor.tokens?.input).toBeGreaterThanOrEqual(12_000);
    } finally {
      claude.kill();
    }
  },
  PATIENCE_MS,
);
