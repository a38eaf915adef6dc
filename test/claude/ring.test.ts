import { afterEach, expect, test } from 'vitest';
import type { Reply } from '#test/lib/modelReply.ts';
import { Orchestra } from '#test/lib/orchestra.ts';
import { openTerminalClaude, printInTerminal, type TerminalClaude } from '#test/lib/terminal.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';

let orchestra: Orchestra;
let claude: TerminalClaude | undefined;
afterEach(async () => {
  claude?.kill();
  claude = undefined;
  await orchestra?.close();
  removeTempDirs();
});

/** The sequences in what Claude's terminal was sent that are a notification of ours. */
const rung = (bytes: string, marker: string): number => bytes.split(marker).length - 1;

const script = (turn: { lastToolResults: unknown[] }): Reply =>
  turn.lastToolResults.length > 0 ? { text: 'made' } : { tools: [{ name: 'Bash', input: { command: 'touch made' } }] };

test.each([
  ['an ordinary terminal', {}, '\u001B]9;Claude waits for you: Bash touch made\u0007'],
  ['the editor’s terminal', { TERM_PROGRAM: 'vscode' }, '\u001B]99;;Claude waits for you: Bash touch made\u0007'],
])('a permission request rings once in %s', async (_name, env, sequence) => {
  orchestra = await Orchestra.open(script, { settings: { 'notify.system': 'notification', permissions: 'show' } });
  const { project: cwd, home, model } = orchestra;
  claude = await openTerminalClaude({ cwd, home, modelUrl: model.url, env, args: ['--permission-mode', 'default'] });
  await claude.ask('make it');
  await claude.shows('Do you want to proceed?');
  await claude.sends(sequence);
  claude.type('1');
  await claude.shows('made');
  await orchestra.until('the end of the turn', ({ conductor }) => conductor.state === 'idle');
  expect(rung(claude.bytes(), sequence)).toBe(1);
});

const END = '\u001B]9;slept\u0007';
const sleeping = (turn: { lastToolResults: unknown[] }): Reply =>
  turn.lastToolResults.length > 0 ? { text: 'slept' } : { tools: [{ name: 'Bash', input: { command: 'sleep 31' } }] };

test('the end of a long turn rings once in a terminal, and with -p not even there', async () => {
  orchestra = await Orchestra.open(sleeping, { settings: { 'notify.system': 'notification' } });
  const { project: cwd, home, model } = orchestra;
  const args = ['--allowedTools', 'Bash'];
  const printing = printInTerminal({ cwd, home, modelUrl: model.url, args }, 'sleep');
  claude = await openTerminalClaude({ cwd, home, modelUrl: model.url, args });
  await claude.ask('sleep');
  await claude.sends(END, 150_000);
  const printed = await printing;
  expect(printed).toContain('slept');
  expect(printed).not.toContain(END);
  await claude.exit();
  expect(rung(claude.bytes(), END)).toBe(1);
});
