import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { NewEvent } from '#core/log/append.ts';
import { answerForm, type ANSWERS } from '#core/claude/answers.ts';
import { missingEvents } from '#core/claude/reconcile.ts';
import { subagentsFolder } from '#core/claude/workflows.ts';
import { TranscriptTail } from '#core/claude/transcript/transcriptTail.ts';
import { installedClaude } from '#test/lib/claudeVersion.ts';
import { Orchestra } from '#test/lib/orchestra.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

let orchestra: Orchestra;
afterEach(async () => {
  await orchestra?.close();
  removeTempDirs();
});

const bash = (command: string) => ({ tools: [{ name: 'Bash', input: { command, description: 'run' } }] });
const blockAt = (event: string, stderr: string, more: object = {}): NewEvent => ({
  t: 'hook',
  worker: 'W1',
  event,
  exit: 2,
  stderr,
  ...more,
});
const informAt = (event: string, message: string): NewEvent => ({ t: 'hook', worker: 'W1', event, exit: 0, message });
const agent = (prompt: string, more: object = {}) => ({
  tools: [{ name: 'Agent', input: { description: 'the errand', prompt, subagent_type: 'general-purpose', ...more } }],
});
/** Since 2.1.198 a subagent runs in the background unless the call forbids it. */
const FOREGROUND = { run_in_background: false };
/** What the model reads of a refusal by JSON, in the version under test. */
const readAs = (event: keyof typeof ANSWERS): string => answerForm(event, installedClaude()).model;
const quick = { settings: { 'hold.seconds': 0 } };

/** The text by which the model learns of a block, in either style of answer: the reason alone, or with the hook's name before it. */
describe.each(['json', 'exitCode'] as const)('what Claude Code makes of a block, answer %s', (answer) => {
  const settings = { 'hold.seconds': 0, answer };
  const dress = answer === 'json' ? '' : 'gate.sh';

  test('at PreToolUse the call does not run and the reason is its result', async () => {
    orchestra = await Orchestra.open(
      (turn) => {
        if (turn.index > 0) return { text: 'done' };
        orchestra.publish(blockAt('PreToolUse', 'not this call'));
        return bash('touch ran');
      },
      { settings },
    );
    await orchestra.run('go');
    const [news = ''] = orchestra.modelInputs.slice(1);
    expect(news).toContain('not this call');
    expect(news).toContain(dress);
    if (answer === 'json') {
      expect(news).not.toContain('gate.sh');
      expect(news.includes('hook error')).toBe(readAs('PreToolUse').includes('hook error'));
    }
    expect(() => readFileSync(join(orchestra.project, 'ran'))).toThrow();
  });

  test('at TaskCreated and TaskCompleted the task tool says why', async () => {
    orchestra = await Orchestra.open(
      (turn) => {
        if (turn.index === 0) {
          orchestra.publish(blockAt('TaskCreated', 'no such task here', { key: 'a' }));
          return { tools: [{ name: 'TaskCreate', input: { subject: 'S1', description: 'D1' } }] };
        }
        if (turn.index === 1) {
          orchestra.publish(
            { t: 'unblock', block: 'B1', by: 'W1' },
            blockAt('TaskCompleted', 'it is not done', { key: 'b' }),
          );
          return { tools: [{ name: 'TaskCreate', input: { subject: 'S2', description: 'D2' } }] };
        }
        const id = /Task #(\d+) created/.exec(turn.allText)?.[1] ?? '1';
        if (turn.index === 2) return { tools: [{ name: 'TaskUpdate', input: { taskId: id, status: 'completed' } }] };
        return { text: 'done' };
      },
      { settings },
    );
    await orchestra.run('go');
    expect(orchestra.model.scriptErrors).toEqual([]);
    expect(orchestra.modelInputs[1]).toMatch(/TaskCreated hook feedback:\n[^]*no such task here/);
    expect(orchestra.modelInputs[2]).toContain('created successfully');
    expect(orchestra.modelInputs[3]).toMatch(/TaskCompleted hook feedback:\n[^]*it is not done/);
  });

  test('at Stop and SubagentStop the agent continues, at most three times for one cause', async () => {
    const subagent: string[] = [];
    orchestra = await Orchestra.open(
      (turn) => {
        if (turn.subagent) {
          subagent.push(turn.newInput);
          return { text: 'sub done' };
        }
        if (turn.index > 0) return { text: 'done' };
        orchestra.publish(blockAt('SubagentStop', 'look again'), blockAt('Stop', 'not yet'));
        return agent('look', FOREGROUND);
      },
      { settings },
    );
    const run = await orchestra.run('go');
    expect(subagent).toHaveLength(4);
    for (const news of subagent.slice(1)) expect(news).toContain('look again');
    const main = orchestra.modelInputs.filter((news) => news.includes('not yet'));
    expect(main).toHaveLength(3);
    if (answer === 'json') {
      // the reason once, with what the table has before it, and nowhere the command
      for (const [news, event] of [
        ...main.map((each) => [each, 'Stop'] as const),
        [subagent[1] ?? '', 'SubagentStop'] as const,
      ]) {
        expect(news).toContain(readAs(event).replace('REASON', ''));
        expect(news).not.toContain('gate.sh');
        expect(news.match(/not yet|look again/g)).toHaveLength(1);
      }
    } else expect(main[0]).toMatch(/Stop hook feedback:\n/);
    expect(run.code).toBe(0);
    expect(orchestra.state.notices.filter((n) => n.kind === 'escalation').length).toBeGreaterThan(0);
    expect([...orchestra.state.workers.values()].find((w) => w.kind === 'subagent')).toMatchObject({
      state: 'done',
      task: 'the errand',
      lastMessage: 'sub done',
    });
  });

  test('at UserPromptSubmit the model gets no request, once; at PreCompact nothing is compacted', async () => {
    orchestra = await Orchestra.open(() => ({ text: 'ok' }), { settings });
    const claude = orchestra.live();
    await claude.ask('one');
    orchestra.publish(blockAt('UserPromptSubmit', 'the database is being restored'));
    const refused = await claude.ask('two');
    expect(refused.result || JSON.stringify(claude.events)).toContain('the database is being restored');
    expect(orchestra.modelInputs).toHaveLength(1);
    await claude.ask('two');
    expect(orchestra.modelInputs).toHaveLength(2);
    orchestra.publish(blockAt('PreCompact', 'keep it all'));
    await claude.ask('/compact');
    expect(JSON.stringify(claude.events)).toContain('keep it all');
    const compactions = () =>
      orchestra.model.requests.filter((r) => JSON.stringify(r.body).includes('detailed summary'));
    expect(compactions()).toHaveLength(0);
    orchestra.publish({ t: 'unblock', block: 'B1', by: 'W1' }, informAt('PreCompact', 'keep the numbers'));
    await claude.ask('/compact');
    expect(JSON.stringify(compactions().map((r) => r.body))).toContain('keep the numbers');
    await claude.end();
  });
});

test('what Claude Code makes of information, at each event that has a place for it', async () => {
  const hookEvents = ['UserPromptSubmit', 'PreToolUse', 'PostToolUse', 'PostToolUseFailure', 'PostToolBatch', 'Stop'];
  const subagent: string[] = [];
  orchestra = await Orchestra.open((turn) => {
    if (turn.subagent) {
      subagent.push(turn.newInput);
      return turn.index === 0 ? bash('echo x') : { text: 'sub done' };
    }
    const answers = [bash('echo first'), bash('false'), agent('look')];
    return answers[turn.index] ?? { text: 'done' };
  }, quick);
  const claude = orchestra.live();
  // a session is known from its first hook on
  claude.send('hello');
  await orchestra.until('the session', (s) => s.session.id);
  orchestra.publish(...hookEvents.map((event) => informAt(event, `news at ${event}`)));
  orchestra.publish(informAt('SubagentStart', 'news for the subagent'), informAt('SubagentStop', 'a last word'));
  orchestra.publish(informAt('TaskCompleted', 'never fires'));
  await orchestra.until('the turn is over', (s) => s.conductor.turn > 0 && s.conductor.state === 'idle');
  await claude.ask('and again');
  await claude.end();
  const delivered = orchestra.modelInputs.join('\n');
  for (const event of hookEvents.filter((e) => e !== 'PostToolUseFailure'))
    expect(delivered).toContain(`news at ${event}`);
  expect(delivered).not.toContain('for the subagent');
  expect(subagent.join('\n')).toContain('news for the subagent');
  expect(subagent.join('\n')).toContain('a last word');
  expect(delivered).not.toContain('never fires');
});

test('a call runs with the input that a worker gave it, once, and fields that it did not name stay unchanged', async () => {
  const json = { hookSpecificOutput: { updatedInput: { limit: 1 } } };
  const read = () => ({ tools: [{ name: 'Read', input: { file_path: join(orchestra.project, 'data.csv') } }] });
  orchestra = await Orchestra.open(
    (turn) => {
      if (turn.index === 0)
        orchestra.publish({ t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 0, json, match: { tool: 'Read' } });
      return turn.index < 2 ? read() : { text: 'done' };
    },
    { files: { 'data.csv': 'first row\nsecond row\n' } },
  );
  await orchestra.run('go');
  expect(orchestra.modelInputs[1]).toContain('first row');
  expect(orchestra.modelInputs[1]).not.toContain('second row');
  expect(orchestra.modelInputs[2]).toContain('second row');
});

test('a turn is never refused so often that Claude Code ends it unannounced', async () => {
  orchestra = await Orchestra.open((turn) => {
    orchestra.publish({ t: 'error', worker: `W${turn.index}`, message: `failure ${turn.index}`, critical: true });
    return { text: 'done' };
  }, quick);
  const run = await orchestra.run('go');
  expect(orchestra.modelInputs).toHaveLength(8);
  expect(run.result).toMatchObject({ result: 'done', is_error: false });
  expect(orchestra.state.notices.map((n) => n.text).join('\n')).toContain('its end was refused 7 times in all');
});

test('background subagents run on after the turn, and one whose end no hook saw is counted as ended', async () => {
  let find = (): void => undefined;
  const found = new Promise<void>((resolve) => (find = resolve));
  orchestra = await Orchestra.open(async (turn) => {
    if (turn.subagent) {
      await found;
      return { text: 'found it' };
    }
    return turn.index === 0 ? agent('look', { run_in_background: true }) : { text: 'ok' };
  }, quick);
  const claude = orchestra.live();
  claude.send('go');
  await orchestra.until('its turn is over', (s) => s.conductor.turn === 1 && s.conductor.state === 'idle');
  const worker = () => [...orchestra.state.workers.values()].find((w) => w.kind === 'subagent');
  expect(worker()).toMatchObject({ state: 'running', task: 'the errand', parent: 'conductor' });
  find();
  await orchestra.until('it is done', () => worker()?.state === 'done');
  const folder = subagentsFolder(orchestra.state.session.transcript ?? '');
  writeFileSync(join(folder, 'agent-a0b1c2d3e4f5.meta.json'), '{"agentType":"Explore"}');
  orchestra.publish({ t: 'spawn', worker: 'a0b1c2d3e4f5', kind: 'subagent', parent: 'conductor' });
  await claude.ask('again');
  expect(orchestra.state.workers.get('a0b1c2d3e4f5')).toMatchObject({ state: 'lost' });
  await claude.end();
});

test('a turn that ends with an error of the API is recorded', async () => {
  orchestra = await Orchestra.open(() => {
    throw new Error('scripted');
  });
  await orchestra.run('go');
  // Claude Code does not wait for this hook
  await orchestra.until('the notice', (s) => s.notices.length > 0);
  expect(orchestra.state.notices).toMatchObject([
    { kind: 'escalation', text: expect.stringMatching(/^Claude's turn ended with an error: API Error: 400/) },
  ]);
  expect(orchestra.events.find((e) => e['t'] === 'turn' && e['state'] === 'idle')).toMatchObject({
    reason: expect.stringContaining('400'),
  });
});

test('a permission request is shown with its exact content, and denied where a worker blocks it', async () => {
  orchestra = await Orchestra.open((turn) => {
    if (turn.lastUserText.includes('blocked')) {
      orchestra.publish(
        blockAt('PermissionRequest', 'nothing is published today', { match: { command: 'npm publish*' } }),
      );
      return bash('npm publish --dry-run');
    }
    if (turn.lastUserText.includes('asked')) return bash('touch asked-for');
    return { text: 'done' };
  }, quick);
  const claude = orchestra.live({ allowedTools: [], args: ['--permission-prompt-tool', 'stdio'] });
  await claude.ask('blocked');
  expect(orchestra.modelInputs[1]).toContain('nothing is published today');
  expect(orchestra.state.asks.size).toBe(0);
  claude.send('asked');
  const asks = await orchestra.until('it is asked', (s) => (s.asks.size > 0 ? [...s.asks.values()] : undefined));
  expect(asks).toMatchObject([{ tool: 'Bash', summary: 'touch asked-for' }]);
  expect(orchestra.state.conductor).toMatchObject({
    state: 'waiting',
    reason: 'for your permission: Bash touch asked-for',
  });
  claude.kill('SIGKILL');
});

describe('beside a person’s own hooks in the same file', () => {
  /** Adds a hook of the person's in a group of its own, beside Fermata's. */
  function addOwnHook(event: string, script: string): void {
    const file = join(orchestra.root, `own-${event}.sh`);
    writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const path = join(orchestra.project, '.claude/settings.local.json');
    const settings = JSON.parse(readFileSync(path, 'utf8')) as { hooks: Record<string, unknown[]> };
    settings.hooks[event] = [...(settings.hooks[event] ?? []), { hooks: [{ type: 'command', command: file }] }];
    writeFileSync(path, JSON.stringify(settings));
  }

  function refuseStopOnce(): void {
    const seen = join(orchestra.root, 'seen');
    addOwnHook(
      'Stop',
      `cat >/dev/null; [ -e ${seen} ] && exit 0; : >${seen}; echo 'theirs: run the tests' >&2; exit 2`,
    );
  }

  test('a Stop hook that blocks works on, and so does Fermata’s', async () => {
    orchestra = await Orchestra.open((turn) => {
      if (turn.index === 0) orchestra.publish({ t: 'error', worker: 'W1', message: 'ours', critical: true });
      return { text: 'done' };
    }, quick);
    refuseStopOnce();
    await orchestra.run('go');
    expect(orchestra.modelInputs[1]).toContain('theirs: run the tests');
    expect(orchestra.modelInputs[1]).toContain('CRITICAL: ours');
    expect(orchestra.modelInputs.filter((t) => t.includes('CRITICAL: ours'))).toHaveLength(3);
    expect(orchestra.modelInputs.filter((t) => t.includes('theirs'))).toHaveLength(1);
  });

  test('a Stop hook that blocks after Fermata’s let the turn end: the transcript shows that the turn continues', async () => {
    let missing: NewEvent[] = [];
    orchestra = await Orchestra.open(async (turn) => {
      if (turn.index === 0) return { text: 'done' };
      const tail = new TranscriptTail(orchestra.state.session.transcript ?? '');
      missing = await waitFor(
        () => {
          tail.read(() => true);
          const events = missingEvents(orchestra.state, { turn: tail.state.turn }, Date.now());
          return events.length > 0 ? events : undefined;
        },
        { describe: 'the refusal in the transcript' },
      );
      orchestra.publish(...missing);
      return { text: 'done again' };
    }, quick);
    refuseStopOnce();
    await orchestra.run('go');
    expect(orchestra.model.scriptErrors).toEqual([]);
    expect(missing).toMatchObject([{ t: 'turn', state: 'working', reason: 'its end was refused' }]);
    const turns = orchestra.events.filter(({ t }) => t === 'turn').map(({ state }) => state);
    expect(turns).toEqual(['working', 'idle', 'working', 'idle']);
    expect(orchestra.state.conductor.turn).toBe(1);
  });

  test('a Stop hook whose context keeps the turn going after Fermata’s let it end: the transcript shows that it goes on', async () => {
    orchestra = await Orchestra.open(async (turn) => {
      if (turn.index === 0) return { text: 'done' };
      const tail = new TranscriptTail(orchestra.state.session.transcript ?? '');
      await waitFor(
        () => {
          tail.read(() => true);
          return tail.state.turn?.refused;
        },
        { describe: 'the context in the transcript' },
      );
      return { text: 'done again' };
    }, quick);
    const seen = join(orchestra.root, 'seen');
    const context = JSON.stringify({ hookSpecificOutput: { hookEventName: 'Stop', additionalContext: 'theirs' } });
    addOwnHook('Stop', `cat >/dev/null; [ -e ${seen} ] && exit 0; : >${seen}; printf '%s' '${context}'`);
    await orchestra.run('go');
    expect(orchestra.model.scriptErrors).toEqual([]);
    expect(orchestra.modelInputs[1]).toContain('theirs');
  });

  test('a PreToolUse hook that refuses works on, and Fermata’s information is delivered', async () => {
    orchestra = await Orchestra.open((turn) => {
      if (turn.index === 0) return bash('echo one');
      if (turn.index === 1) {
        orchestra.publish(informAt('PostToolBatch', 'news of ours'));
        return bash('echo two');
      }
      return { text: 'done' };
    });
    addOwnHook('PreToolUse', `cat >/dev/null; echo 'theirs: no shell' >&2; exit 2`);
    await orchestra.run('go');
    expect(orchestra.modelInputs[1]).toContain('theirs: no shell');
    expect(orchestra.modelInputs[2]).toContain('theirs: no shell');
    expect(orchestra.modelInputs[2]).toContain('news of ours');
  });
});

test('with the home deleted in mid-session, and with a Node that is gone, the session continues', async () => {
  orchestra = await Orchestra.open((turn) => {
    if (turn.lastUserText.includes('without node')) {
      orchestra.publish(blockAt('PreToolUse', 'a block that nobody can answer for'));
      writeFileSync(join(orchestra.fermataHome, 'runtime'), '/nowhere/node\n');
      return bash('echo first');
    }
    if (turn.lastUserText.includes('without home')) {
      rmSync(orchestra.fermataHome, { recursive: true });
      return bash('echo second');
    }
    return { text: 'done' };
  });
  const claude = orchestra.live();
  expect((await claude.ask('without node')).result).toBe('done');
  expect(orchestra.modelInputs[1]).toContain('first');
  expect((await claude.ask('without home')).result).toBe('done');
  expect(orchestra.modelInputs[3]).toContain('second');
  await claude.end();
  mkdirSync(orchestra.fermataHome, { recursive: true });
});
