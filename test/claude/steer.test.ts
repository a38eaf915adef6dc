import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { toViewModel } from '#core/projection/toViewModel.ts';
import { armedEntries } from '#core/session/armed.ts';
import { pause, pauseOf } from '#core/session/pause.ts';
import type { Worker } from '#protocol/state.ts';
import type { LiveClaude } from '#test/lib/claude.ts';
import type { ClaudeVersion } from '#test/lib/claudeHome.ts';
import type { Reply } from '#test/lib/modelReply.ts';
import type { Script } from '#test/lib/modelServer.ts';
import { Orchestra } from '#test/lib/orchestra.ts';
import { sized } from '#test/lib/stress/size.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { openTerminalClaude, type TerminalClaude } from '#test/lib/terminal.ts';
import { waitFor } from '#test/lib/waitFor.ts';

let orchestra: Orchestra;
let terminal: TerminalClaude | undefined;
let live: LiveClaude | undefined;
afterEach(async () => {
  terminal?.kill();
  live?.kill();
  [terminal, live] = [undefined, undefined];
  await orchestra?.close();
  removeTempDirs();
});

const NAMES = ['north', 'south', 'east', 'west'] as const;
type Name = (typeof NAMES)[number];

/** The calls that an agent has made, by the lines that they have written. */
const calls = (name: Name): number => {
  const file = join(orchestra.project, name);
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').length - 1 : 0;
};
const agentOf = (name: Name): Worker => {
  const found = [...orchestra.state.workers.values()].find(({ task }) => task === name);
  if (found === undefined) throw new Error(`no agent ${name}`);
  return found;
};
const goesOn = (name: Name): Promise<unknown> => {
  const before = calls(name);
  return waitFor(() => calls(name) > before + 1, { describe: `${name} to go on`, timeoutMs: 100_000 });
};

const stepOf = (name: Name): Reply => {
  const step = { name: 'Bash', input: { command: `echo step >> ${name}`, description: 'step' } };
  return { tools: [step, step] };
};

/** Four agents beside each other, of which each makes two calls at a time until it is to finish. */
function script(isOver: () => boolean, background: boolean) {
  return (turn: { index: number; subagent: boolean; allText: string; lastUserText: string }): Reply => {
    if (turn.subagent) {
      const name = NAMES.find((each) => turn.allText.includes(`walk ${each}`)) ?? 'north';
      if (isOver()) return { text: `${name} walked` };
      return stepOf(name);
    }
    if (turn.index > 0) return { text: 'ok' };
    const input = { subagent_type: 'general-purpose', run_in_background: background };
    const tools = NAMES.map((name) => ({
      name: 'Agent',
      input: { ...input, description: name, prompt: `walk ${name}` },
    }));
    return { tools };
  };
}

const VERSIONS = sized<ClaudeVersion[]>(['pinned', 'newest'], ['oldest', 'pinned', 'newest']);

describe.each(VERSIONS)('Claude Code, %s version', (version) => {
  test.each([
    ['in the foreground', false, 'json'],
    ['in the background, with exit codes as answers', true, 'exitCode'],
  ])('one agent: of four %s one is paused, told and stopped, and the others go on', async (_, background, answer) => {
    let isOver = false;
    orchestra = await Orchestra.open(
      script(() => isOver, background),
      { settings: { 'hold.seconds': 0, answer } },
    );
    const claude = orchestra.live({ version });
    claude.send('go');
    await orchestra.until('all four', (s) => s.workers.size === 4);
    await Promise.all(NAMES.map(goesOn));

    // by its name, which the hook that judges the call looks for
    orchestra.publish(pause('west'));
    const held = await orchestra.until('it is held', (s) => pauseOf(s, 'west')?.holding[0]?.agent);
    await orchestra.until('all are known', (s) => [...s.workers.values()].every((w) => w.task));
    const west = agentOf('west');
    expect(held).toBe(west.id);
    const atPause = calls('west');
    await Promise.all((['north', 'south', 'east'] as const).map(goesOn));
    expect(calls('west')).toBe(atPause);
    const pauseBlock = pauseOf(orchestra.state, 'west');
    expect(pauseBlock?.holding.every(({ agent }) => agent === west.id)).toBe(true);
    orchestra.publish({ t: 'unblock', block: pauseBlock?.id ?? '', by: 'user' });
    await goesOn('west');

    expect((await orchestra.fermata('user', 'tell', 'south', 'mind the river')).code).toBe(0);
    const inputsWith = (text: string) => orchestra.model.requests.filter((r) => JSON.stringify(r).includes(text));
    await waitFor(() => inputsWith('mind the river').length > 0, { describe: 'the word', timeoutMs: 100_000 });
    expect(inputsWith('mind the river').every((r) => JSON.stringify(r).includes('walk south'))).toBe(true);

    const person = orchestra.env({ FERMATA_HOME: orchestra.fermataHome, FERMATA_SESSION_DIR: orchestra.dir });
    expect(await orchestra.fermataIn(person, 'abort', 'west', '--word', 'the west is closed')).toMatchObject({
      code: 0,
      stdout: 'west ends at its next call\n',
    });
    const atStop = calls('west');
    await orchestra.until('its end', () => agentOf('west').state === 'aborted', 60_000);
    expect(agentOf('west').problem).toBe('aborted by user: the west is closed');
    const requests = (): number =>
      orchestra.model.requests.filter((r) => r.kind === 'subagent' && JSON.stringify(r).includes('walk west')).length;
    const atEnd = requests();
    await Promise.all((['north', 'south', 'east'] as const).map(goesOn));
    isOver = true;
    await orchestra.until('the others are done', () =>
      (['north', 'south', 'east'] as const).every((name) => agentOf(name).state === 'done'),
    );
    await orchestra.until('Claude is idle', (s) => s.conductor.state === 'idle' && s.conductor.turn > 0);
    await waitFor(() => orchestra.modelInputs.join('\n').includes('the west is closed'), {
      describe: 'the reason for Claude',
      timeoutMs: 100_000,
    });
    expect(orchestra.modelInputs.join('\n')).toMatch(/west\) was stopped by the person: the west is closed/);
    // a message that was on its way may have brought one more pair of calls
    expect(calls('west')).toBeLessThanOrEqual(atStop + 2);
    expect(requests()).toBe(atEnd);
    expect(agentOf('west').state).toBe('aborted');
    expect(orchestra.events.filter(({ t }) => t === 'exit')).toHaveLength(1);
    claude.kill();
  });
});

describe.each(['pinned', 'newest'] as const)('Claude Code, %s version', (version) => {
  test('one agent: stopped, it is free again with another message', async () => {
    let id = '';
    orchestra = await Orchestra.open(
      async (turn) => {
        if (turn.subagent && !turn.allText.includes('look again')) {
          id = turn.agentId ?? '';
          orchestra.publish({ t: 'abort', worker: id, by: 'user' });
          return { tools: [{ name: 'Bash', input: { command: 'touch not-this', description: 'no' } }] };
        }
        const found = { tools: [{ name: 'Bash', input: { command: 'touch but-this', description: 'yes' } }] };
        if (turn.subagent) return existsSync(join(orchestra.project, 'but-this')) ? { text: 'found' } : found;
        if (turn.lastToolResults.length > 0) return { text: 'ok' };
        const input = { description: 'errand', prompt: 'look', subagent_type: 'general-purpose' };
        if (turn.lastUserText.includes('go'))
          return { tools: [{ name: 'Agent', input: { ...input, run_in_background: false } }] };
        if (!turn.lastUserText.includes('again')) return { text: 'ok' };
        return { tools: [{ name: 'SendMessage', input: { to: id, message: 'look again', summary: 'again' } }] };
      },
      { settings: { 'hold.seconds': 0 } },
    );
    const claude = orchestra.live({ version, allowedTools: ['Agent', 'Bash', 'SendMessage'] });
    await claude.ask('go');
    expect(orchestra.state.workers.get(id)?.state).toBe('aborted');
    await claude.ask('once again');
    await orchestra.until('its second end', (s) => s.workers.get(id)?.state === 'done');
    expect(existsSync(join(orchestra.project, 'not-this'))).toBe(false);
    expect(existsSync(join(orchestra.project, 'but-this'))).toBe(true);
    await claude.end();
  });
});

/** What the two agents answer that walk until it is over, and what Claude and others do: they have started them. */
function walkers(begin: Script, isOver: () => boolean): Script {
  return (turn) => {
    const name = turn.subagent ? NAMES.find((each) => turn.allText.includes(`walk ${each}`)) : undefined;
    if (name === undefined || turn.allText.includes(OUTER)) return begin(turn);
    return isOver() ? { text: `${name} walked` } : stepOf(name);
  };
}
/** The prompt of the agent that starts others. */
const OUTER = 'send both';
const both = (more: (name: Name) => object): Reply['tools'] =>
  (['north', 'south'] as const).map((name) => ({
    name: 'Agent',
    input: { description: name, prompt: `walk ${name}`, subagent_type: 'general-purpose', ...more(name) },
  }));

/** The row of an agent, as the panel draws it. */
const rowOf = (name: Name) =>
  toViewModel(orchestra.state, { id: 's', now: Date.now(), silentSeconds: 60, live: true }).workers.find(
    (row) => row.name === name,
  );
const isDisarmed = (): boolean => armedEntries(orchestra.dir, 'PreToolUse') === undefined;

/** The kinds of agents: what starts two of them, and what one that was stopped is then. */
const KINDS: Record<string, { begin: Script; left: Worker['state'] }> = {
  'nested agent': {
    begin: (turn) => {
      if (turn.subagent)
        return turn.index === 0 ? { tools: both(() => ({ run_in_background: false })) } : { text: 'ok' };
      const input = { description: 'outer', prompt: OUTER, subagent_type: 'general-purpose' };
      return turn.index === 0
        ? { tools: [{ name: 'Agent', input: { ...input, run_in_background: true } }] }
        : { text: 'ok' };
    },
    left: 'aborted',
  },
  'agent of a workflow': {
    begin: (turn) => {
      const script = `export const meta = { name: 'walk', description: 'a walk', phases: [{title:'Walk'}] }
        phase('Walk')
        return await parallel([() => agent('walk north', {label:'north'}), () => agent('walk south', {label:'south'})])`;
      return turn.index === 0 ? { tools: [{ name: 'Workflow', input: { script } }] } : { text: 'ok' };
    },
    left: 'aborted',
  },
  teammate: {
    begin: (turn) => (turn.index === 0 ? { tools: both((name) => ({ name })) } : { text: 'ok' }),
    left: 'idle',
  },
};

test.each(Object.entries(KINDS))('one %s is paused and stopped, and its peers go on', async (kind, { begin, left }) => {
  let isOver = false;
  orchestra = await Orchestra.open(
    walkers(begin, () => isOver),
    { settings: { 'hold.seconds': 0 } },
  );
  const allowedTools = ['Agent', 'Bash', 'Workflow', 'SendMessage'];
  const { project: cwd, home, model } = orchestra;
  if (kind === 'teammate') {
    const env = { CLAUDE_CODE_EXPERIMENTAL_AGENT_TEAMS: '1' };
    const args = ['--permission-mode', 'default'];
    terminal = await openTerminalClaude({ cwd, home, modelUrl: model.url, version: 'newest', allowedTools, env, args });
    await terminal.ask('go');
  } else {
    live = orchestra.live({ version: 'newest', allowedTools });
    live.send('go');
  }
  await Promise.all((['north', 'south'] as const).map(goesOn));
  const person = orchestra.env({ FERMATA_HOME: orchestra.fermataHome, FERMATA_SESSION_DIR: orchestra.dir });
  const fermata = async (...args: string[]): Promise<void> =>
    expect(await orchestra.fermataIn(person, ...args)).toMatchObject({ code: 0, stderr: '' });
  // by its name, which Claude Code has written down, and no hook has read yet
  const isNamed = async (): Promise<boolean> => {
    const { stdout } = await orchestra.fermataIn(person, 'status');
    return ['north  running', 'south  running'].every((line) => stdout.includes(line));
  };
  await waitFor(isNamed, { describe: 'both to have names', timeoutMs: 100_000 });
  await fermata('pause', 'north');
  await orchestra.until('both are known', () => rowOf('north') && rowOf('south'));
  const { id } = rowOf('north') ?? { id: '' };
  await orchestra.until('it is held', (s) => pauseOf(s, id)?.holding[0]?.agent === id);
  const atPause = calls('north');
  await goesOn('south');
  expect([calls('north'), rowOf('north')?.paused]).toEqual([atPause, true]);
  await fermata('resume', 'north');
  await goesOn('north');

  await fermata('abort', 'north', '--word', 'the north is closed');
  await orchestra.until('its end', () => rowOf('north')?.state === left, 60_000);
  expect(rowOf('north')?.problem).toContain('the north is closed');
  const atEnd = calls('north');
  await goesOn('south');
  await waitFor(isDisarmed, { describe: 'nothing to be armed', timeoutMs: 100_000 });
  await goesOn('south');
  expect([calls('north'), rowOf('south')?.state]).toEqual([atEnd, 'running']);
  isOver = true;
  await orchestra.until('the other is done', () => ['done', 'idle'].includes(rowOf('south')?.state ?? ''), 60_000);
  // its parent reads the reason; that of a teammate, which no hook reports, with its next prompt or call
  await terminal?.ask('how is it going');
  const readings = () =>
    orchestra.model.requests.filter((request) => {
      const text = JSON.stringify(request.body.messages);
      const isParent = kind === 'nested agent' ? text.includes(OUTER) : request.kind === 'main';
      return isParent && text.includes('stopped by the person: the north is closed');
    });
  await waitFor(() => readings().length > 0, { describe: 'the reason for its parent', timeoutMs: 100_000 });
});
