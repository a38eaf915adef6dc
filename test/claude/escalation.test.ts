import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { Script } from '#test/lib/modelServer.ts';
import { repoRoot } from '#test/lib/runtimes.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { Orchestra } from '#test/lib/orchestra.ts';

let orchestra: Orchestra;
afterEach(async () => {
  await orchestra?.close();
  removeTempDirs();
});

const deploy = (env: Record<string, string> = {}) => ({
  version: 1,
  rules: [
    {
      name: 'deploy',
      prompt: 'deploy to (?<items>.+)',
      forEach: 'items',
      workers: [
        { task: 'Deploy to {item}', run: ['sh', join(repoRoot, 'test/claude/workers/deploy.sh'), '{item}'], env },
      ],
    },
  ],
});

async function open(
  script: Script,
  settings: Record<string, unknown> = {},
  env: Record<string, string> = {},
): Promise<void> {
  orchestra = await Orchestra.open(script, { settings });
  orchestra.writeApprovedRules(deploy(env));
}

const PROMPT = 'Deploy to staging, testing, and production';
const bothHold = () =>
  orchestra.until(
    'both blocks stand at Stop',
    (s) => [...s.blocks.values()].filter((b) => b.event === 'Stop').length === 2,
  );

describe('scenario 3: a failure is escalated', () => {
  test('Stop is refused until the Conductor has resolved the failure', async () => {
    await open(async (turn) => {
      if (turn.index === 0) {
        await bothHold();
        return { text: 'Everything is deployed.' };
      }
      const open = /(\S+fermata resolve B\d+) "…"/.exec(turn.newInput)?.[1];
      if (turn.index === 1)
        return {
          tools: [
            {
              name: 'Bash',
              input: { command: `${open} "rolled staging back and told the team"`, description: 'resolve' },
            },
          ],
        };
      if (turn.index === 2) return { text: 'Resolved the first one.' };
      if (turn.index === 3)
        return {
          tools: [{ name: 'Bash', input: { command: `${open} "production is put off"`, description: 'resolve' } }],
        };
      return { text: 'Staging failed; nothing is deployed.' };
    });
    const run = await orchestra.run(PROMPT);
    expect(run.result?.result).toBe('Staging failed; nothing is deployed.');
    expect(orchestra.modelInputs[1]).toContain('CRITICAL: Staging deployment failed, blocking all deployments');
    expect(orchestra.modelInputs[1]).toContain('Production deployment blocked: prerequisite environments failed');
    const ended = [...orchestra.state.blocks.values()].filter((b) => b.event === 'Stop').map((b) => b.ended);
    expect(ended).toMatchObject([
      { how: 'resolve', word: expect.stringContaining('told the team') },
      { how: 'resolve', word: 'production is put off' },
    ]);
  });

  test('at most three times for one cause; then the turn may end and the person is told', async () => {
    await open(async (turn) => {
      if (turn.index === 0) await bothHold();
      return { text: `answer ${turn.index}` };
    });
    const run = await orchestra.run(PROMPT);
    expect(run.result?.result).toBe('answer 3');
    expect(orchestra.events.filter((e) => e['t'] === 'denied' && e['block'] === 'B1')).toHaveLength(3);
    expect(orchestra.state.notices.filter((n) => n.kind === 'escalation').map((n) => n.text)).toContainEqual(
      expect.stringContaining('Claude ended its turn although B1 was not resolved'),
    );
  });

  test.each(['json', 'exitCode'])(
    'a text that contains "No such file" is a refusal, too (answer: %s)',
    async (answer) => {
      await open(
        async (turn) => {
          if (turn.index === 0) await bothHold();
          return { text: `answer ${turn.index}` };
        },
        { answer },
        { FAILURE: "cat: conf.yml: No such file or directory; can't open" },
      );
      const run = await orchestra.run(PROMPT);
      expect(run.result?.result).toBe('answer 3');
      expect(orchestra.modelInputs[1]).toContain('CRITICAL: cat: conf.yml: No such file or directory');
    },
  );
});

test('scenario 6: a JSON decision escalates, and its reason is what the model reads', async () => {
  orchestra = await Orchestra.open(async (turn) => {
    if (turn.index > 0) return { text: `answer ${turn.index}` };
    const json = JSON.stringify({ decision: 'block', reason: 'Worker W1 critical failure: checksum mismatch' });
    await orchestra.fermata('W1', 'hook', '--event', 'Stop', '--exit-code', '2', '--json-output', json);
    return { text: 'done' };
  });
  await orchestra.run('go');
  expect(orchestra.modelInputs[1]).toContain('Worker W1 critical failure: checksum mismatch');
  expect(readFileSync(join(orchestra.dir, 'events.jsonl'), 'utf8')).toContain('"decision":"block"');
});
