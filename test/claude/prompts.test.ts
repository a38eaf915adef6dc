import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { toViewModel } from '#core/projection/toViewModel.ts';
import type { Script } from '#test/lib/modelServer.ts';
import { stateOf } from '#test/lib/readSession.ts';
import { Orchestra } from '#test/lib/orchestra.ts';
import { listSessions } from '#core/session/info.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { openTerminalClaude, type TerminalClaude } from '#test/lib/terminal.ts';
import { waitFor } from '#test/lib/waitFor.ts';

// What comes in the place of a prompt that nobody typed, made by the real Claude Code: it starts no rule, is shown as what it
// is, and names no session. The ends of background tasks are in turns.test.ts, the wake-ups of /loop in test/long.

let orchestra: Orchestra;
const terminals: TerminalClaude[] = [];
afterEach(async () => {
  for (const terminal of terminals.splice(0)) terminal.kill();
  await orchestra?.close();
  removeTempDirs();
});

/** A project whose rule would start a worker for each of these words. */
async function openProject(script: Script): Promise<void> {
  orchestra = await Orchestra.open(script, { settings: { 'hold.seconds': 0, recordPrompts: true } });
  const workers = [{ task: 'never', run: ['true'] }];
  orchestra.writeApprovedRules({ version: 1, rules: [{ name: 'r', prompt: 'merge the branch', workers }] });
}

async function openTerminal(env: Record<string, string> = {}): Promise<TerminalClaude> {
  const { project: cwd, home, model } = orchestra;
  const allowedTools = ['Agent', 'Bash', 'CronCreate', 'ListAgents', 'SendMessage'];
  const args = ['--permission-mode', 'default'];
  const terminal = await openTerminalClaude({
    cwd,
    home,
    modelUrl: model.url,
    version: 'newest',
    allowedTools,
    args,
    env,
  });
  terminals.push(terminal);
  return terminal;
}

const MESSAGE = 'please merge the branch';
const read = (): boolean => orchestra.modelInputs.some((input) => input.includes(MESSAGE));

/** The activity of a session, the newest first, in the words of the panel. */
const activity = (dir: string): string[] =>
  toViewModel(stateOf(dir), { id: 's', now: Date.now(), silentSeconds: 60, live: true }).activity.map(
    ({ text }) => text,
  );

/** No rule was started, and the session has the name of what the person typed. */
function expectOnlyTyped(dir: string, typed: string): void {
  const state = stateOf(dir);
  expect([state.runs.size, state.session.prompt]).toEqual([0, typed]);
}

test('a message of another session', async () => {
  let to = '';
  await openProject((turn) => {
    if (turn.lastUserText.includes('tell them')) return { tools: [{ name: 'ListAgents', input: {} }] };
    if (turn.lastToolResults[0]?.name !== 'ListAgents') return { text: 'ok' };
    return { tools: [{ name: 'SendMessage', input: { to, message: MESSAGE, summary: 'merge' } }] };
  });
  const first = await openTerminal();
  await first.ask('wait for it');
  await orchestra.until('its turn is over', (s) => s.conductor.turn === 1 && s.conductor.state === 'idle');
  const { dir } = orchestra;
  const folder = join(orchestra.home, '.claude', 'sessions');
  to = await waitFor(
    () => {
      const file = readdirSync(folder).find((name) => /^\d+\.json$/.test(name)) ?? '';
      return (JSON.parse(readFileSync(join(folder, file), 'utf8')) as { name?: string }).name;
    },
    { describe: 'the name of the session', timeoutMs: 90_000 },
  );
  const second = await openTerminal();
  await second.ask('tell them');
  await waitFor(read, { describe: 'the message', timeoutMs: 100_000 });
  await waitFor(() => stateOf(dir).conductor.turn === 2 && stateOf(dir).conductor.state === 'idle', {
    describe: 'the end of its turn',
    timeoutMs: 100_000,
  });
  expect(listSessions(orchestra.fermataHome)).toHaveLength(2);
  expectOnlyTyped(dir, 'wait for it');
  expect(activity(dir).join('\n')).toContain('another session');
});

test('a message of a teammate, of which no hook tells: its turn is one of its own', async () => {
  await openProject((turn) => {
    const send = { name: 'SendMessage', input: { to: 'team-lead', message: MESSAGE, summary: 'merge' } };
    if (turn.subagent) return turn.index === 0 ? { tools: [send] } : { text: 'sent' };
    const input = { description: 'scout', prompt: 'be the scout', subagent_type: 'general-purpose', name: 'scout' };
    return turn.index === 0 ? { tools: [{ name: 'Agent', input }] } : { text: 'ok' };
  });
  const terminal = await openTerminal({ CLAUDE_CODE_EXPERIMENTAL_AGENT_TEAMS: '1' });
  await terminal.ask('send a scout');
  await waitFor(read, { describe: 'the message', timeoutMs: 100_000 });
  await orchestra.until('its turn', (s) => s.conductor.turn >= 2 && s.conductor.state === 'idle', 60_000);
  expectOnlyTyped(orchestra.dir, 'send a scout');
  // no hook of the person has refused the end of a turn
  expect(orchestra.state.stopRefusals.get('conductor')).toBeUndefined();
});

test('what Claude has put on the clock', async () => {
  await openProject((turn) => {
    const input = { cron: '* * * * *', prompt: MESSAGE, recurring: false };
    return turn.index === 0 ? { tools: [{ name: 'CronCreate', input }] } : { text: 'ok' };
  });
  const claude = orchestra.live({ version: 'newest', allowedTools: ['CronCreate'] });
  await claude.ask('remind me');
  const isScheduled = ({ t, from }: Record<string, unknown>): boolean => t === 'prompt' && from === 'schedule';
  await waitFor(() => orchestra.events.some(isScheduled), { describe: 'the clock', timeoutMs: 180_000 });
  await orchestra.until('its turn is over', (s) => s.conductor.turn === 2 && s.conductor.state === 'idle');
  expectOnlyTyped(orchestra.dir, 'remind me');
  // typed by the person, the same words are theirs
  claude.send(`yes, ${MESSAGE}`);
  await orchestra.until('the rule', (s) => s.runs.size === 1);
  claude.kill();
});
