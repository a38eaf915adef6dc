import { appendFileSync, cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';
import { Transcripts } from '#extension/sessions/transcripts.ts';
import { repoRoot } from '#test/lib/runtimes.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';
import { recorded } from '#test/unit/core/claude/transcript/recorded.ts';

const open: Transcripts[] = [];
afterEach(() => {
  for (const transcripts of open.splice(0)) transcripts.dispose();
});
afterAll(removeTempDirs);

function follow(paths: string[]) {
  const errors: unknown[] = [];
  let renders = 0;
  const transcripts = new Transcripts({
    paths: () => paths,
    onChange: () => renders++,
    onError: (error) => errors.push(error),
    pollMs: 50,
  });
  open.push(transcripts);
  return { transcripts, errors, renders: () => renders };
}

test('a transcript and those of subagents are followed as they grow, and dropped when nobody wants them', async () => {
  const dir = tempDir();
  const path = join(dir, '1.jsonl');
  const paths = [path];
  const { transcripts, errors, renders } = follow(paths);
  await waitFor(() => transcripts.of(path) !== undefined, { describe: 'a transcript that is not there yet' });
  cpSync(join(repoRoot, 'test/unit/core/claude/transcript/fixtures/subagents'), dir, { recursive: true });
  await waitFor(() => transcripts.of(path)?.agents.size === 2, { describe: 'two subagents' });
  await waitFor(() => renders() > 0, { describe: 'a drawing' });
  const set = transcripts.of(path);
  expect(set?.agents.get('a1')).toMatchObject({ task: 'look', kind: 'general-purpose' });
  expect(set?.agents.get('a2')).toMatchObject({ task: 'dig', kind: 'general-purpose' });
  expect(set?.main.turn?.state).toBe('idle');
  appendFileSync(path, '{"type":"user","message":{"content":"go on"}}\n');
  await waitFor(() => set?.main.turn?.state === 'working', { describe: 'the appended line' });
  paths.length = 0;
  await waitFor(() => transcripts.of(path) === undefined, { describe: 'nobody follows it' });
  expect(errors).toEqual([]);
});

test('a long transcript is read in pieces, between which others have their turn', async () => {
  const path = join(tempDir(), 's.jsonl');
  const piece = recorded('tasks/1.jsonl');
  const pieces = Math.ceil(3e6 / piece.length);
  writeFileSync(path, Buffer.concat(Array.from({ length: pieces }, () => piece)));
  const short = join(tempDir(), 'short.jsonl');
  writeFileSync(short, piece);
  const { transcripts } = follow([path, short]);
  let early = false;
  let turns = 0;
  const seen = new Set<number>();
  const timer = setInterval(() => {
    turns++;
    const read = transcripts.of(path)?.main.lines.understood ?? 0;
    seen.add(read);
    early ||= transcripts.of(short)?.main.lines.understood === 27 && read < pieces * 27;
  }, 1);
  await waitFor(() => transcripts.of(path)?.main.lines.understood === pieces * 27, {
    describe: 'all of it',
    timeoutMs: 90_000,
  });
  clearInterval(timer);
  console.log(`3 MB: ${turns} turns for others meanwhile, ${seen.size} pieces`);
  expect(seen.size).toBeGreaterThan(3);
  // the short one did not wait for it
  expect(early).toBe(true);
});

test('what is no transcript does no harm', async () => {
  const dir = tempDir();
  mkdirSync(join(dir, 'odd', 'subagents', 'agent-x.jsonl'), { recursive: true });
  writeFileSync(join(dir, 'odd', 'subagents', 'agent-x.meta.json'), 'null');
  writeFileSync(join(dir, 'odd.jsonl'), Buffer.concat([Buffer.from([0, 255, 10]), Buffer.from('{"type":7}\n')]));
  const { transcripts, errors } = follow([join(dir, 'odd.jsonl'), join(dir, 'none.jsonl'), '/etc/passwd']);
  await waitFor(() => transcripts.of(join(dir, 'odd.jsonl'))?.main.lines.unknown === 2, { describe: 'two odd lines' });
  expect(transcripts.of('/etc/passwd')?.main.lines).toEqual({ understood: 0, other: 0, unknown: 0 });
  expect(errors).toEqual([]);
});
