import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { claudeBinary } from '#test/lib/claudeHome.ts';
import type { Script, Turn } from '#test/lib/modelServer.ts';
import { Orchestra } from '#test/lib/orchestra.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';

let orchestra: Orchestra;
afterEach(async () => {
  await orchestra?.close();
  removeTempDirs();
});

const rules = (worker: object) => ({
  version: 1,
  rules: [
    {
      name: 'review',
      prompt: 'have (?<items>.+) reviewed',
      forEach: 'items',
      workers: [{ kind: 'claude', ...worker }],
    },
  ],
});
const isWorker = (turn: Turn): boolean => turn.allText.includes('Look at ');

async function open(worker: object, script: Script, settings: Record<string, unknown> = {}): Promise<void> {
  orchestra = await Orchestra.open(script, {
    settings: { claudePath: claudeBinary(), ...settings },
    files: { 'a.txt': 'the letter a' },
  });
  orchestra.writeApprovedRules(rules({ task: 'Review {item}', prompt: 'Look at {item}', ...worker }));
}

const ended = (id = 'W1'): Promise<unknown> =>
  orchestra.until(`${id} has ended`, (s) => ['done', 'failed', 'lost'].includes(s.workers.get(id)?.state ?? ''));

describe('a worker that is a Claude Code of its own', () => {
  test('its turns, calls, tokens and answer are in the log, and it publishes as a worker', async () => {
    await open({ allowedTools: ['Read'] }, async (turn) => {
      if (isWorker(turn)) {
        if (turn.index === 0)
          return { tools: [{ name: 'Read', input: { file_path: join(orchestra.project, 'a.txt') } }] };
        return { text: `It is fine: ${turn.lastToolResults[0]?.text.includes('the letter a')}` };
      }
      if (turn.index > 0) return { text: 'done' };
      await ended();
      return { tools: [{ name: 'Bash', input: { command: 'echo hi', description: 'go on' } }] };
    });
    const run = await orchestra.run('have a.txt reviewed');
    expect(orchestra.model.scriptErrors).toEqual([]);
    expect(run.result?.result).toBe('done');
    const worker = orchestra.state.workers.get('W1');
    expect(worker).toMatchObject({
      state: 'done',
      // its own hooks have registered it as a worker that takes messages
      kind: 'session',
      task: 'Review a.txt',
      lastMessage: 'It is fine: true',
      tokens: { input: 20, output: 10 },
      progress: { phase: 'turn 2' },
    });
    const doing = orchestra.events.filter((e) => e['t'] === 'progress').map((e) => e['message']);
    expect(doing).toEqual([`Read ${join(orchestra.project, 'a.txt')}`, 'answering']);
    const answer = join(orchestra.dir, 'workers', 'W1', 'out', 'answer.md');
    expect(readFileSync(answer, 'utf8')).toBe('It is fine: true');
    expect(orchestra.events).toContainEqual(expect.objectContaining({ t: 'done', worker: 'W1', out: answer }));
    // it makes no session of its own, and its prompt plans nothing
    expect(orchestra.state.session.id).toBe(run.sessionId);
    expect(orchestra.events.filter((e) => e['t'] === 'plan')).toHaveLength(1);
  });

  test('a tool that its rule does not name is not allowed, whatever the rule’s mode says beyond the prompt’s', async () => {
    await open({ allowedTools: ['Read'], permissionMode: 'bypassPermissions' }, async (turn) => {
      if (isWorker(turn)) {
        if (turn.index > 0)
          return { text: turn.lastToolResults[0]?.isError === true ? 'refused' : 'it was let through' };
        return { tools: [{ name: 'Bash', input: { command: 'touch written', description: 'write' } }] };
      }
      await ended();
      return { text: 'done' };
    });
    await orchestra.run('have a.txt reviewed');
    expect(orchestra.model.scriptErrors).toEqual([]);
    expect(orchestra.state.workers.get('W1')).toMatchObject({ state: 'done', lastMessage: 'refused' });
    expect(existsSync(join(orchestra.project, 'written'))).toBe(false);
    expect(readFileSync(join(orchestra.dir, 'runs', 'R1', 'plan.json'), 'utf8')).toContain(
      '"permissionMode": "default"',
    );
  });

  test('the lock of another worker binds it as it binds Claude', async () => {
    await open(
      {},
      async (turn) => {
        if (isWorker(turn)) {
          if (turn.index > 0) return { text: turn.lastToolResults[0]?.text ?? '' };
          return {
            tools: [{ name: 'Write', input: { file_path: join(orchestra.project, 'b.txt'), content: 'mine' } }],
          };
        }
        await ended('W2');
        writeFileSync(join(orchestra.project, 'go'), '');
        return { text: 'done' };
      },
      { 'hold.seconds': 0 },
    );
    const keeper = {
      run: ['sh', '-c', 'while ! [ -e go ]; do sleep 0.05; done'],
      resources: ['file:{item}'],
    };
    const claude = { kind: 'claude', prompt: 'Look at {item}', allowedTools: ['Write'] };
    const rule = { name: 'review', prompt: 'have (?<items>.+) reviewed', forEach: 'items', workers: [keeper, claude] };
    orchestra.writeApprovedRules({ version: 1, rules: [rule] });
    await orchestra.run('have b.txt reviewed');
    expect(orchestra.model.scriptErrors).toEqual([]);
    expect(orchestra.state.workers.get('W2')?.lastMessage).toContain('b.txt is locked by W1');
    await ended('W1');
  });
});

test('with spawn: ask Claude is told, nothing starts, and after the person’s decision it is told again', async () => {
  orchestra = await Orchestra.open(
    async (turn) => {
      if (turn.index > 0) return { text: 'done' };
      expect(orchestra.state.workers.get('W1')?.state).toBe('planned');
      const env = orchestra.env({ FERMATA_HOME: orchestra.fermataHome, FERMATA_SESSION_DIR: orchestra.dir });
      await orchestra.fermataIn(env, 'start', 'R1', '--word', 'go ahead');
      await ended();
      return { tools: [{ name: 'Bash', input: { command: 'echo hi', description: 'go on' } }] };
    },
    { settings: { spawn: 'ask' } },
  );
  orchestra.writeApprovedRules({
    version: 1,
    rules: [{ name: 'note', prompt: 'take a note', workers: [{ task: 'Note', run: ['touch', 'noted'] }] }],
  });
  await orchestra.run('Take a note');
  expect(orchestra.model.scriptErrors).toEqual([]);
  expect(orchestra.modelInputs[0]).toContain('asks the person whether to start');
  expect(orchestra.modelInputs[1]).toContain('the person let R1 start: W1 (Note) and said: go ahead');
  expect(existsSync(join(orchestra.project, 'noted'))).toBe(true);
});

test('with teach on Claude learns at the start how to start a worker, and does', async () => {
  orchestra = await Orchestra.open(
    async (turn) => {
      const command = /- (\S+fermata spawn) --task/.exec(turn.allText)?.[1];
      if (turn.index === 0)
        return {
          tools: [{ name: 'Bash', input: { command: `${command} --task Note -- touch noted`, description: 'start' } }],
        };
      expect(turn.lastToolResults[0]?.text).toContain('W1');
      await ended();
      return { text: 'done' };
    },
    { settings: { teach: true } },
  );
  await orchestra.run('hello');
  expect(orchestra.model.scriptErrors).toEqual([]);
  expect(orchestra.state.workers.get('W1')).toMatchObject({ state: 'done', task: 'Note' });
  expect(existsSync(join(orchestra.project, 'noted'))).toBe(true);
  writeFileSync(join(orchestra.fermataHome, 'settings.json'), '{}');
  await orchestra.run('hello again').catch(() => undefined);
  expect(orchestra.modelInputs.at(-1)).not.toContain('Fermata runs workers');
});
