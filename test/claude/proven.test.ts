import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { holdDone } from '#core/session/doneHold.ts';
import type { LiveClaude } from '#test/lib/claude.ts';
import type { Reply } from '#test/lib/modelReply.ts';
import { Orchestra } from '#test/lib/orchestra.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';

let orchestra: Orchestra;
let live: LiveClaude | undefined;
afterEach(async () => {
  live?.kill();
  live = undefined;
  await orchestra?.close();
  removeTempDirs();
});

const CHECK = 'sh check.sh';
const bash = (command: string, more: object = {}): Reply => ({
  tools: [{ name: 'Bash', input: { command, description: 'run', ...more } }],
});
const write = (text: string): Reply => ({
  tools: [{ name: 'Write', input: { file_path: join(orchestra.project, 'new.txt'), content: text } }],
});
const done: Reply = { text: 'done' };

/** A repository whose check passes while a.txt has "good" in it, in a session that is held until it was seen to pass. */
async function open(replies: (() => Reply)[]): Promise<LiveClaude> {
  orchestra = await Orchestra.open(({ index }) => replies[index]?.() ?? done, {
    settings: { 'hold.seconds': 0 },
    files: { 'check.sh': 'grep -q good a.txt\n', 'a.txt': 'good\n', '.gitignore': '.claude\n' },
  });
  const git = (...args: string[]): void =>
    void execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { cwd: orchestra.project });
  git('init', '-q');
  git('add', '.');
  git('commit', '-qm', 'first');
  live = orchestra.live();
  await live.ask('begin');
  orchestra.publish(...holdDone(CHECK));
  return live;
}

/** How often the end of the turn was refused so far. */
const refusals = (): number => orchestra.events.filter(({ t, tool }) => t === 'denied' && tool === 'Stop').length;
/** The news that the model got in its latest requests, those at the ends that were refused. */
const news = (): string => orchestra.modelInputs.join('\n');

test('a turn is held until the tests were seen to pass, and again after the next edit', async () => {
  const claude = await open([
    () => done,
    // what hides the end is no proof
    () => bash(`${CHECK} || true`),
    () => done,
    () => bash(`cd . && ${CHECK}`),
    () => done,
    // a second turn
    () => write('x'),
    () => done,
    () => bash(`${CHECK} && git add -A && git commit -qm second -c user.name=a || ${CHECK}`),
    () => bash(CHECK),
    () => done,
  ]);
  await claude.ask('work');
  expect(refusals()).toBe(1);
  expect(news()).toMatch(/it ran, but what is around it hides how it ended; run `sh check\.sh` alone/);
  const [proof] = orchestra.state.proofs.values();
  expect(proof).toMatchObject({ held: true, run: { code: 0, tree: expect.stringMatching(/^[0-9a-f]{40}$/) } });
  await claude.ask('edit');
  expect(refusals()).toBe(2);
  expect(news()).toMatch(/new\.txt was edited since it passed/);
});

test('what a shell has written is seen by the hash of the files, a failing run is no proof, and the same files are one', async () => {
  const claude = await open([
    () => done,
    () => bash(CHECK),
    () => done,
    () => bash('echo bad > a.txt'),
    () => bash(CHECK),
    () => done,
    () => bash('printf "good\\n" > a.txt; sh check.sh'),
    () => done,
  ]);
  await claude.ask('work');
  expect(refusals()).toBe(0);
  await claude.ask('edit');
  expect(refusals()).toBe(1);
  expect(news()).toMatch(/it ended with 1 when it ran last/);
  expect(readFileSync(join(orchestra.project, 'a.txt'), 'utf8')).toBe('good\n');
  // a person, meanwhile
  writeFileSync(join(orchestra.project, 'a.txt'), 'good too\n');
  await claude.ask('nothing');
  expect(refusals()).toBeGreaterThan(1);
});

test('a run in the background is a proof once its end is seen', async () => {
  const claude = await open([
    () => done,
    () => bash(`sleep 1; exec ${CHECK}`, { run_in_background: true }),
    () => bash('sleep 3'),
    () => done,
  ]);
  await claude.ask('work');
  await orchestra.until('the proof', ({ proofs }) => [...proofs.values()].some(({ held }) => held));
});
