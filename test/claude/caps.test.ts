import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { homePaths } from '#core/base/paths.ts';
import { installMod } from '#core/install/mod/modFolder.ts';
import { Orchestra } from '#test/lib/orchestra.ts';
import type { Reply } from '#test/lib/modelReply.ts';
import type { Turn } from '#test/lib/modelServer.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

let orchestra: Orchestra;
afterEach(async () => {
  await orchestra?.close();
  removeTempDirs();
});

const PATIENCE_MS = 180_000;
const OPTIONS: Parameters<Orchestra['run']>[1] = { allowedTools: ['Agent', 'Bash'], version: 'newest' };

const agents = (...names: string[]): Reply => ({
  tools: names.map((name) => ({
    name: 'Agent',
    input: {
      description: `agent ${name}`,
      prompt: `work as ${name}`,
      subagent_type: 'general-purpose',
      run_in_background: false,
    },
  })),
});

const open = (script: (turn: Turn) => Reply | Promise<Reply>, settings: Record<string, unknown>): Promise<Orchestra> =>
  Orchestra.open(script, { settings: { 'hold.seconds': 0, ...settings }, installedFor: 'newest' });

const denied = () => orchestra.events.filter(({ t }) => t === 'denied');

/** The texts with which the calls of Claude that started agents have returned. */
const returned: string[] = [];

test(
  'of four agents started at once the fourth is refused at its call, Claude reads why, and the other three do their work',
  async () => {
    returned.length = 0;
    orchestra = await open(
      async (turn) => {
        if (turn.subagent) {
          // all stay at work until each call is judged
          await waitFor(() => denied().length === 1, { describe: 'one refusal', timeoutMs: 120_000 });
          return { text: 'work is done' };
        }
        if (turn.index === 0) return agents('one', 'two', 'three', 'four');
        returned.push(...turn.lastToolResults.map(({ text }) => text));
        return { text: 'over' };
      },
      { 'agents.max': 3 },
    );
    expect(await orchestra.run('go', OPTIONS)).toMatchObject({ code: 0 });
    expect(orchestra.model.scriptErrors).toEqual([]);
    expect(returned).toHaveLength(4);
    const refused = returned.filter((text) => text.includes('fermata.agents.max'));
    expect(refused).toHaveLength(1);
    expect(refused[0]).toContain('at most 3 may be at once');
    expect(returned.filter((text) => text.includes('work is done'))).toHaveLength(3);
    expect([...orchestra.state.workers.values()].filter(({ kind }) => kind === 'subagent')).toHaveLength(3);
  },
  PATIENCE_MS,
);

test(
  'an agent that would start one of its own beyond the depth is refused, and reads why',
  async () => {
    const read: string[] = [];
    orchestra = await open(
      (turn) => {
        if (!turn.subagent) return turn.index === 0 ? agents('one') : { text: 'over' };
        if (turn.index === 0) return agents('below');
        read.push(...turn.lastToolResults.map(({ text }) => text));
        return { text: 'alone then' };
      },
      { 'agents.depth': 1 },
    );
    expect(await orchestra.run('go', OPTIONS)).toMatchObject({ code: 0 });
    expect(orchestra.model.scriptErrors).toEqual([]);
    expect(read).toHaveLength(1);
    expect(read[0]).toContain('This agent would be 2 deep');
    expect(read[0]).toContain('fermata.agents.depth');
  },
  PATIENCE_MS,
);

test(
  'a third agent within the hour is refused although the others have ended, with the time until one may start',
  async () => {
    returned.length = 0;
    orchestra = await open(
      (turn) => {
        if (turn.subagent) return { text: 'work is done' };
        returned.push(...turn.lastToolResults.map(({ text }) => text));
        return turn.index < 3 ? agents(`number-${turn.index}`) : { text: 'over' };
      },
      { 'agents.perHour': 2 },
    );
    expect(await orchestra.run('go', OPTIONS)).toMatchObject({ code: 0 });
    expect(returned).toHaveLength(3);
    expect(returned[0]).toContain('work is done');
    expect(returned[1]).toContain('work is done');
    expect(returned[2]).toContain('fermata.agents.perHour');
    expect(returned[2]).toMatch(/at most 2 an hour may be, so that the next one may in (?:60|5\d) min|in 1 h/);
  },
  PATIENCE_MS,
);

test(
  'dollars that the plugin has reported hold the next call of the session, with their source',
  async () => {
    orchestra = await open(
      (turn) =>
        turn.lastUserText.includes('spend') || turn.lastToolResults.length > 0
          ? { text: turn.newInput, inputTokens: 9000 }
          : { tools: [{ name: 'Bash', input: { command: 'echo ran', description: 'e' } }] },
      { 'budget.session': '$0.01' },
    );
    const module = readFileSync(homePaths(orchestra.fermataHome).modModule, 'utf8');
    const place = { home: orchestra.fermataHome, config: join(orchestra.home, '.claude') };
    expect(installMod({ ...place, module, version: '1.2.3' })).toMatchObject({ ok: true });
    const live = orchestra.live({ version: 'newest', allowedTools: ['Bash'] });
    await live.ask('spend');
    const usage = await orchestra.until('the figures', (s) => s.conductor.usage, 90_000);
    expect(usage).toMatchObject({ source: 'Claude Code' });
    expect(usage.costUsd).toBeGreaterThan(0.01);
    await live.ask('run it');
    expect(denied()).toHaveLength(1);
    const answers = orchestra.model.requests.map(({ body }) => JSON.stringify(body));
    expect(answers.at(-1)).toMatch(/has spent \$0\.\d\d of \$0\.01 \(from Claude Code/);
    await live.end();
  },
  PATIENCE_MS,
);
