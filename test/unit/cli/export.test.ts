import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { Stage } from '#test/lib/fermata.ts';
import { fermata } from '#test/lib/inProcess.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

const HOSTILE = '</td><script src="http://example.org/x.js">alert(1)</script>&"\'\u001b';
let stage: Stage;
beforeEach(() => {
  stage = new Stage();
  stage.publish(
    { t: 'spawn', worker: 'W1', task: HOSTILE, pid: 1 },
    { t: 'checkpoint', worker: 'W1', name: 'half' },
    { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, stderr: HOSTILE },
    { t: 'vote', worker: 'W1', decision: 'proceed', reason: HOSTILE },
    { t: 'acquire', worker: 'W1', resource: 'db' },
    { t: 'log', level: 'escalate', message: HOSTILE },
  );
});

test('JSON holds every event and what status says', async () => {
  const ran = await fermata(stage, {}, 'export');
  const { status, events } = JSON.parse(ran.out) as {
    status: { workers: unknown[]; blocks: unknown[] };
    events: { t: string }[];
  };
  expect(events.map((e) => e.t)).toEqual(['open', 'session', 'spawn', 'checkpoint', 'hook', 'vote', 'acquire', 'log']);
  expect(status).toMatchObject({ workers: [{ id: 'W1', task: HOSTILE }], blocks: [{ id: 'B1', standing: true }] });
});

test('the page shows workers, blocks, votes, locks and a timeline, needs nothing else, and nobody’s text is markup', async () => {
  const file = join(stage.root, 'report.html');
  expect(await fermata(stage, {}, 'export', '--out', file)).toMatchObject({ code: 0, out: `written to ${file}\n` });
  const page = readFileSync(file, 'utf8');
  for (const heading of ['Timeline', 'Workers', 'Blocks', 'Ballots', 'Locks', 'Checkpoints', 'Events'])
    expect(page).toContain(`<h2>${heading}</h2>`);
  expect(page).toContain('<rect class="t-running"');
  expect(page).toContain('<rect class="t-block"');
  expect(page).toContain('<path class="m m-checkpoint"');
  expect(page).toContain('<summary>The same as a table</summary>');
  expect(page).toContain('&lt;/td&gt;&lt;script src=&quot;http://example.org');
  expect(page).not.toContain('<script');
  expect(page).not.toContain('\u001b');
  // what a browser would fetch: nothing but the page itself
  expect(page).not.toMatch(/<[^>]*\s(?:src|href)\s*=|url\((?!#)|@import/i);
  expect(page).toContain("default-src 'none'");
});

test('a report tells of all blocks, also of those that a state has forgotten', async () => {
  for (let i = 0; i < 150; i++)
    stage.publish(
      { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, stderr: `block ${i}` },
      { t: 'unblock', block: 'all', by: 'user' },
    );
  const { out } = await fermata(stage, {}, 'export', '--format', 'html');
  expect(out).toContain('block 0<');
  expect(out).toContain('block 149<');
});

test('a session without workers has a page, too, and an unknown format is refused', async () => {
  const empty = new Stage();
  expect((await fermata(empty, {}, 'export', '--format', 'html')).out).toContain('<title>Conductor · idle</title>');
  expect((await fermata(empty, {}, 'export', '--format', 'pdf')).code).toBe(2);
});
