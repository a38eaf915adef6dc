import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { claudeProcesses } from '#core/claude/processes.ts';
import { missingEvents, type ExternalStatus } from '#core/claude/reconcile.ts';
import { raiseFlag } from '#core/session/flags.ts';
import type { Ask } from '#protocol/state.ts';
import type { Reply } from '#test/lib/modelReply.ts';
import { Orchestra } from '#test/lib/orchestra.ts';
import { openTerminalClaude, type TerminalClaude } from '#test/lib/terminal.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

let orchestra: Orchestra;
let claude: TerminalClaude | undefined;
afterEach(async () => {
  claude?.kill();
  // hooks that still run would write into the home while it is removed
  await waitFor(() => hooks().length === 0, { describe: 'all hooks to have ended' });
  await orchestra?.close();
  removeTempDirs();
});

const DIALOG = 'Do you want to proceed?';

/** Claude in a pseudo-terminal, at the dialog for this command, with Fermata's hook waiting beside it. */
async function atDialog(command: string): Promise<Ask> {
  orchestra = await Orchestra.open(
    (turn): Reply =>
      turn.lastToolResults.length > 0
        ? { text: `the tool said <${turn.lastToolResults.map((r) => r.text).join()}>` }
        : { tools: [{ name: 'Bash', input: { command } }] },
    { settings: { permissions: 'answer' } },
  );
  const { project: cwd, home, model } = orchestra;
  // in newer versions a classifier decides unless a setting forbids it
  claude = await openTerminalClaude({ cwd, home, modelUrl: model.url, args: ['--permission-mode', 'default'] });
  await claude.ask('make it');
  await claude.shows(DIALOG);
  const ask = await orchestra.until('the request', (s) => [...s.asks.values()][0]);
  expect(ask).toMatchObject({ tool: 'Bash', summary: command, answerable: true });
  expect(waitingHooks()).toHaveLength(1);
  return ask;
}

/** The hooks of this test's home that run now. */
const hooks = (): string[] =>
  execFileSync('ps', ['-eo', 'args='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(`${orchestra.fermataHome}/hooks/`));

/** The hooks that wait for an answer. */
const waitingHooks = (): string[] => hooks().filter((line) => line.includes(' PermissionRequest '));

const noneWaits = (): Promise<boolean> =>
  waitFor(() => waitingHooks().length === 0 && orchestra.state.asks.size === 0, { describe: 'no hook to be left' });
/** The session's status in Claude Code’s own files. */
const externalStatus = (): ExternalStatus =>
  claudeProcesses(join(orchestra.home, '.claude'))?.find(({ pid }) => pid === claude?.pid) ?? {};
const nonEmpty = <T>(list: T[]): T[] | undefined => (list.length > 0 ? list : undefined);
const made = (): boolean => existsSync(join(orchestra.project, 'made'));
const answer = (ask: Ask, text: string): void => raiseFlag(orchestra.dir, { kind: 'answer', ask: ask.id }, text);

/** Presses a key until the dialog takes it: a dialog ignores keys at first, and a busy machine takes its time. */
async function press(key: () => string): Promise<void> {
  const taken = async (): Promise<boolean> => {
    claude?.type(key());
    return (await claude?.hides(DIALOG, 4000).catch(() => 'still there')) === undefined;
  };
  for (let presses = 1; !(await taken()); presses++) expect(presses).toBeLessThan(10);
}

describe('a permission request in a real terminal, with a hook that waits beside the dialog', () => {
  test('allowed from the panel: the dialog goes, the call runs, no hook is left', async () => {
    const ask = await atDialog('touch made');
    answer(ask, 'allow');
    await claude?.hides(DIALOG);
    await claude?.shows('the tool said');
    expect(made()).toBe(true);
    await noneWaits();
  });

  test('denied from the panel: the dialog goes, and Claude reads the comment', async () => {
    const ask = await atDialog('touch made');
    answer(ask, 'deny\nuse the staging folder');
    await claude?.hides(DIALOG);
    await claude?.shows('the tool said <use the staging folder>');
    expect(made()).toBe(false);
    await noneWaits();
  });

  test('yes in the terminal: the dialog takes it, and the hook ends with the call', async () => {
    await atDialog('touch made');
    await press(() => '1');
    await claude?.shows('the tool said');
    expect(made()).toBe(true);
    await noneWaits();
  });

  test('yes in the terminal: Claude Code’s own files show it while the call still runs', async () => {
    const ask = await atDialog('while [ ! -e go ]; do sleep 0.1; done; touch made');
    expect(missingEvents(orchestra.state, externalStatus(), Date.now() + 60_000)).toEqual([]);
    await press(() => '1');
    const missing = await waitFor(() => nonEmpty(missingEvents(orchestra.state, externalStatus(), Date.now())), {
      describe: 'Claude Code to be busy',
    });
    expect(missing).toEqual([{ t: 'answer', ask: ask.id, decision: 'gone', by: 'user' }]);
    orchestra.publish(...missing);
    await noneWaits();
    expect(orchestra.state.conductor.state).toBe('working');
    execFileSync('touch', [join(orchestra.project, 'go')]);
    await claude?.shows('the tool said');
    expect(made()).toBe(true);
  });

  test('yes in the terminal, then an answer from the panel while the call runs: it changes nothing', async () => {
    const ask = await atDialog('while [ ! -e go ]; do sleep 0.1; done; touch made');
    await press(() => '1');
    answer(ask, 'deny\ntoo late');
    await noneWaits();
    execFileSync('touch', [join(orchestra.project, 'go')]);
    await claude?.shows('the tool said');
    expect(made()).toBe(true);
    expect(orchestra.modelInputs.join('\n')).not.toContain('too late');
  });

  test.each([
    ['no', () => /(\d)\. No/.exec(claude?.screen() ?? '')?.[1] ?? '?'],
    ['Esc', () => '\u001B'],
  ])('%s in the terminal: the hook is ended, and nothing is asked any more', async (_, key) => {
    await atDialog('touch made');
    await press(key);
    await claude?.shows('Interrupted');
    expect(made()).toBe(false);
    await noneWaits();
    // an interrupted turn ends without a Stop
    expect(orchestra.state.conductor.state).toBe('working');
    const missing = await waitFor(() => nonEmpty(missingEvents(orchestra.state, externalStatus(), Date.now())), {
      describe: 'Claude Code to be idle',
    });
    expect(missing).toEqual([{ t: 'turn', state: 'idle' }]);
  });
});
