import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { startTimeOf } from '#core/base/processes.ts';
import { readSessionInfo, writeSessionInfo } from '#core/session/info.ts';
import { Orchestra } from '#test/lib/orchestra.ts';

let orchestra: Orchestra;
afterEach(async () => {
  await orchestra?.close();
  removeTempDirs();
});

const bash = (command: string) => ({ tools: [{ name: 'Bash', input: { command, description: 'run' } }] });
const NO_HOLD = { settings: { 'hold.seconds': 0 } };

test('scenario 4: a checkpoint informs; a warning is for the person, not for the model', async () => {
  orchestra = await Orchestra.open(async (turn) => {
    if (turn.index > 0) return { text: 'done' };
    const data = JSON.stringify({
      hookSpecificOutput: { additionalContext: 'Worker W1 reached schema-loaded', data: { tables: 4 } },
    });
    await orchestra.fermata('W1', 'checkpoint', 'schema-loaded');
    await orchestra.fermata('W1', 'hook', '--event', 'PostToolUse', '--exit-code', '0', '--json-output', data);
    await orchestra.fermata('W1', 'hook', '--event', 'PostToolUse', '--exit-code', '1', '--stderr', 'the disk is slow');
    return bash('echo hi');
  });
  await orchestra.run('go');
  expect(orchestra.modelInputs[1]).toContain('Worker W1 reached schema-loaded');
  expect(orchestra.modelInputs.join('\n')).not.toContain('the disk is slow');
  expect(orchestra.state.notices).toMatchObject([{ kind: 'warning', text: 'the disk is slow', worker: 'W1' }]);
  expect([...(orchestra.state.checkpoints.get('schema-loaded')?.arrived.keys() ?? [])]).toEqual(['W1']);
});

test('scenario 5: a merge is guarded, also when it hides behind a cd', async () => {
  orchestra = await Orchestra.open(async (turn) => {
    if (turn.index === 0) {
      await orchestra.fermata('W1', 'progress', '80');
      await orchestra.fermata('W2', 'done');
      await orchestra.fermata('W3', 'progress', '45');
      await orchestra.fermata(
        'W3',
        'block',
        'Workers still processing: {workers}',
        '--command',
        'git merge*',
        '--until',
        'done:all',
      );
      return bash('git merge topic');
    }
    if (turn.index === 1) return bash('cd sub && git merge topic');
    if (turn.index === 2) return bash('git status --short');
    if (turn.index === 3) {
      await orchestra.fermata('W1', 'done');
      return bash('git merge topic');
    }
    return { text: 'done' };
  }, NO_HOLD);
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], {
      cwd: orchestra.project,
      stdio: 'pipe',
    });
  git('init', '-q', '-b', 'main');
  git('commit', '-q', '--allow-empty', '-m', 'one');
  git('branch', 'topic');
  // Claude Code removes a cd to the session's own folder
  mkdirSync(join(orchestra.project, 'sub'));
  await orchestra.run('merge it');
  for (const delivered of [orchestra.modelInputs[1], orchestra.modelInputs[2]])
    expect(delivered).toContain('Workers still processing: W1 (80%), W2 (done), W3 (45%)');
  expect(orchestra.modelInputs[3]).not.toContain('still processing');
  expect(orchestra.modelInputs[4]).toContain('Already up to date');
});

test.each([
  [
    'in plain Python',
    'python3',
    `
import json, os, subprocess
log = os.path.join(os.environ["FERMATA_SESSION_DIR"], "events.jsonl")
with open(log, "a") as file:
    file.write(json.dumps({"t": "done", "task": "extract"}) + "\\n")
subprocess.run(["claude-code-hook", "--event", "PostToolUse", "--json-output",
    json.dumps({"hookSpecificOutput": {"additionalContext": "Pipeline: extract → transform ready"}})], check=True)
`,
  ],
  [
    'by the fermata command',
    'sh',
    `fermata done && fermata handoff W2 && fermata inform 'Pipeline: extract → transform ready'`,
  ],
])('scenario 7: a pipeline hands on, %s; done is logged before the hook is invoked', async (_name, program, script) => {
  orchestra = await Orchestra.open((turn) => {
    if (turn.index > 0) return { text: 'done' };
    orchestra.publish(
      { t: 'spawn', worker: 'W1', task: 'extract' },
      { t: 'spawn', worker: 'W2', task: 'transform', after: ['ok:W1'] },
    );
    const PATH = `${join(orchestra.fermataHome, 'bin')}:${process.env['PATH']}`;
    const at = { FERMATA_HOME: orchestra.fermataHome, FERMATA_SESSION_DIR: orchestra.dir, FERMATA_WORKER: 'W1', PATH };
    execFileSync(program, ['-c', script], { env: orchestra.env(at), stdio: 'pipe' });
    return bash('echo hi');
  });
  await orchestra.run('run the pipeline');
  expect(orchestra.modelInputs[1]).toContain('Pipeline: extract → transform ready');
  expect(orchestra.state.workers.get('W1')?.state).toBe('done');
  const order = orchestra.events.map((e) => e['t']);
  expect(order).toContain('done');
  expect(order.indexOf('done')).toBeLessThan(order.indexOf('hook'));
});

test('scenario 8: proceed informs once, abort holds Stop; decided once though the last two votes come together', async () => {
  orchestra = await Orchestra.open(async (turn) => {
    if (turn.index === 0) {
      for (const name of ['ship', 'drop'])
        await orchestra.fermata(
          'W1',
          'ballot',
          name,
          '--question',
          `${name} it?`,
          '--quorum',
          '2',
          '--voters',
          'W1,W2,W3',
        );
      await orchestra.fermata('W1', 'vote', 'abort', '--ballot', 'ship');
      await Promise.all([
        orchestra.fermata('W2', 'vote', 'proceed', '--ballot', 'ship'),
        orchestra.fermata('W3', 'vote', 'proceed', '--ballot', 'ship'),
      ]);
      return bash('echo hi');
    }
    if (turn.index === 1) {
      await orchestra.fermata('W1', 'vote', 'abort', '--ballot', 'drop', '--reason', 'the tests fail');
      await orchestra.fermata('W2', 'vote', 'abort', '--ballot', 'drop');
      return bash('echo again');
    }
    if (turn.index === 2) return { text: 'finished' };
    const resolve = /(\S+fermata resolve B\d+) "…"/.exec(turn.newInput)?.[1];
    return resolve === undefined ? { text: 'really finished' } : bash(`${resolve} "dropped it"`);
  });
  const run = await orchestra.run('decide');
  expect(run.result?.result).toBe('really finished');
  expect(orchestra.modelInputs[1]).toContain('Consensus on ship: proceed (2 proceed, 1 abort; quorum 2)');
  expect(orchestra.modelInputs.join('\n').match(/Consensus on ship/g)).toHaveLength(1);
  expect(orchestra.modelInputs[3]).toContain('Consensus on drop: abort (2 abort; quorum 2)');
});

test('scenario 9: a resource in use blocks the Conductor, which acquires it once it is free', async () => {
  orchestra = await Orchestra.open(async (turn) => {
    if (turn.index === 0) {
      await orchestra.fermata('W2', 'acquire', 'db');
      const refused = await orchestra.fermata('W1', 'acquire', 'db');
      expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('Resource db in use by W2') });
      await orchestra.fermata('W1', 'block', refused.stderr.trim(), '--command', 'migrate*', '--until', 'free:db');
      return bash('migrate --all');
    }
    if (turn.index === 1) {
      await orchestra.fermata('W2', 'release', 'db');
      expect(await orchestra.fermata('W1', 'acquire', 'db')).toMatchObject({ code: 0 });
      return bash('migrate --all || echo tried');
    }
    return { text: 'done' };
  }, NO_HOLD);
  await orchestra.run('migrate');
  expect(orchestra.model.scriptErrors).toEqual([]);
  expect(orchestra.modelInputs[1]).toContain('Resource db in use by W2');
  expect(orchestra.modelInputs[2]).toContain('tried');
  expect(orchestra.state.locks.get('db')?.holders.map((h) => h.worker)).toEqual(['W1']);
});

test('scenario 12: of six Reads in one message an active block passes none', async () => {
  const names = Array.from({ length: 6 }, (_, i) => `f${i}.txt`);
  orchestra = await Orchestra.open(
    (turn) => {
      if (turn.index > 0) return { text: 'done' };
      orchestra.publish({
        t: 'hook',
        worker: 'W1',
        event: 'PreToolUse',
        exit: 2,
        stderr: 'not yet',
        match: { tool: 'Read' },
      });
      return { tools: names.map((name) => ({ name: 'Read', input: { file_path: join(orchestra.project, name) } })) };
    },
    { ...NO_HOLD, files: Object.fromEntries(names.map((name) => [name, `content of ${name}`])) },
  );
  await orchestra.run('read them all');
  expect(orchestra.modelInputs[1]?.match(/not yet/g)).toHaveLength(6);
  expect(orchestra.modelInputs[1]).not.toContain('content of');
  expect(orchestra.state.blocks.get('B1')?.deniedCount).toBe(6);
});

test('scenario 13: a subagent is at work while W1 informs; the Conductor gets it, the subagent does not', async () => {
  orchestra = await Orchestra.open((turn) => {
    if (turn.subagent) {
      if (turn.index > 0) return { text: 'subagent done' };
      orchestra.publish({ t: 'hook', worker: 'W1', event: 'PostToolUse', exit: 0, stderr: 'W1 has news for you' });
      return bash('echo inside');
    }
    if (turn.index > 0) return { text: 'done' };
    return {
      tools: [
        {
          name: 'Agent',
          input: {
            description: 'look',
            prompt: 'look around',
            subagent_type: 'general-purpose',
            // newer versions run it in the background, where Claude's turn may end before the information is published
            run_in_background: false,
          },
        },
      ],
    };
  });
  await orchestra.run('use an agent');
  const inside = orchestra.model.requests
    .filter((r) => r.kind === 'subagent')
    .map((r) => JSON.stringify(r.body.messages));
  expect(inside.length).toBeGreaterThan(1);
  expect(inside.join('\n')).not.toContain('W1 has news');
  expect(orchestra.modelInputs[1]).toContain('W1 has news for you');
});

test('scenario 14: /clear in mid-run, and the blocks stay active', async () => {
  orchestra = await Orchestra.open((turn) => {
    if (turn.lastUserText.includes('second')) return turn.index === 0 ? bash('echo hi') : { text: 'after' };
    orchestra.publish(
      { t: 'spawn', worker: 'W1', task: 'long work' },
      { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, stderr: 'W1 still works' },
    );
    return { text: 'before' };
  }, NO_HOLD);
  const claude = orchestra.live();
  try {
    await claude.ask('first');
    const before = claude.sessionId();
    const dir = orchestra.dir;
    await claude.ask('/clear');
    expect(claude.sessionId()).not.toBe(before);
    await claude.ask('second');
    expect(orchestra.dir).toBe(dir);
    expect(orchestra.modelInputs.at(-1)).toContain('W1 still works');
    expect(orchestra.state.session.id).toBe(claude.sessionId());
  } finally {
    claude.kill();
  }
});

describe('a session that belongs to another one never starts workers', () => {
  async function open(): Promise<void> {
    orchestra = await Orchestra.open((turn) => {
      if (turn.index > 0 || turn.lastUserText.includes('process files')) return { text: 'done' };
      return bash('echo "$FERMATA_PARENT" "$FERMATA_SESSION_DIR"; command -v fermata');
    });
    orchestra.writeApprovedRules({
      version: 1,
      rules: [{ name: 'all', prompt: 'process files', workers: [{ run: ['true'] }] }],
    });
  }

  test('the rule itself starts one in a session of its own', async () => {
    await open();
    await orchestra.run('process files');
    await orchestra.until('the worker ended', (s) => s.workers.get('W1')?.state === 'done');
  });

  test.each([
    ['a `claude -p` that the Conductor runs in its shell', (id: string) => ({ FERMATA_PARENT: id })],
    ['a Claude that is a worker', () => ({ FERMATA_WORKER: 'W7' })],
  ])('%s', async (_name, extra) => {
    await open();
    const run = await orchestra.run('hello');
    expect(orchestra.modelInputs[1]).toContain(run.sessionId);
    expect(orchestra.modelInputs[1]).toContain(join(orchestra.fermataHome, 'bin', 'fermata'));
    const parent = orchestra.dir;
    // the first session goes on, and this process, above the child, is its Claude
    const info = readSessionInfo(parent);
    if (info === undefined) throw new Error('no session.json');
    writeSessionInfo(parent, { ...info, pid: process.pid, startTime: startTimeOf(process.pid) ?? '' });
    orchestra.publish({ t: 'turn', state: 'working' });
    // started as by the shell or the runner, with the same environment
    const env: Record<string, string> = { FERMATA_SESSION_DIR: parent, ...extra(run.sessionId) };
    const child = await orchestra.run('process files', { env });
    expect(child.result?.result).toBe('done');
    expect(orchestra.dir).toBe(parent);
    expect(orchestra.state.session.id).toBe(run.sessionId);
    expect(orchestra.events.filter((e) => e['t'] === 'plan')).toEqual([]);
  });
});

test('a line appended without arming takes effect once an observer has armed it', async () => {
  orchestra = await Orchestra.open((turn) => {
    if (turn.index > 1) return { text: 'done' };
    if (turn.index === 0) {
      mkdirSync(join(orchestra.project, 'x'), { recursive: true });
      appendFileSync(
        join(orchestra.dir, 'events.jsonl'),
        '{"t":"hook","worker":"W9","event":"PreToolUse","exit":2,"stderr":"from echo"}\n',
      );
      // a published event makes a hook read the log, and that hook arms the events that need it
      orchestra.publish({ t: 'hook', worker: 'W1', event: 'PostToolUse', exit: 0, message: 'hello' });
    }
    return bash('echo hi');
  }, NO_HOLD);
  await orchestra.run('go');
  expect(orchestra.modelInputs[2]).toContain('from echo');
});
