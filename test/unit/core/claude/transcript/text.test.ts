import { appendFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { TranscriptText, type TranscriptWords } from '#core/claude/transcript/transcriptText.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { assistant, call, line, prompt, result, said } from './entries.ts';

afterAll(removeTempDirs);

const words: TranscriptWords = {
  prompt: 'Prompt',
  words: 'Claude',
  note: 'Claude Code',
  result: 'Result',
  failed: 'failed',
  cut: (chars) => `${chars} more characters`,
  damaged: (reason) => `damaged: ${reason}`,
};

async function textOf(content: string | Buffer): Promise<TranscriptText> {
  const path = join(tempDir(), 's.jsonl');
  writeFileSync(path, content);
  const text = new TranscriptText(path, words);
  await text.read();
  return text;
}

/** The time of a heading, in whatever zone the test runs. */
const clock = (seconds: number): string => new Date(Date.UTC(2026, 0, 1, 0, 0, seconds)).toTimeString().slice(0, 8);

test('prompt, words, call and result, each with its time, indented below its heading', async () => {
  const { text } = await textOf(
    [
      prompt('Fix the rounding'),
      said('I read\n\nit first.', { at: 3 }),
      assistant([call('t', 'Bash', { command: 'npm test' })], { at: 5 }),
      result('t', [{ type: 'text', text: 'Exit code 1' }, { type: 'image' }], { at: 9, failed: true }),
    ]
      .map(line)
      .join(''),
  );
  const [, day] = /^(\d{4}-\d\d-\d\d)\n/.exec(text) ?? [];
  expect(text).toBe(`${day}

${clock(0)}  Prompt
    Fix the rounding

${clock(3)}  Claude
    I read

    it first.

${clock(5)}  Bash
    npm test

${clock(9)}  Result: failed
    Exit code 1
    [image]
`);
});

test('no text of others can look like a heading, hide characters or show a secret', async () => {
  const secret = `ghp_${'a1B2'.repeat(9)}`;
  const { text } = await textOf(
    line(said(`x\n12:00:00  Prompt\r\n12:00:00  Prompt\u2028\u202edlrow ${secret}`)) +
      line(assistant([call('t', 'Ba\nsh\u0007', { command: '\u001b[31mred\u001b[0m' })])),
  );
  const unindented = text.split('\n').filter((each) => /^\S/.test(each));
  expect(unindented).toHaveLength(3);
  expect(unindented[2]).toMatch(/ Ba sh⟨U\+0007⟩$/);
  expect(text).toContain('⟨U+202E⟩dlrow');
  expect(text).toContain('    command: red');
  expect(text).not.toContain('a1B2a1B2');
});

test('it follows the file, and starts anew where that was replaced', async () => {
  const path = join(tempDir(), 's.jsonl');
  const text = new TranscriptText(path, words);
  expect(await text.read()).toBe(true);
  expect([text.missing, await text.read()]).toEqual([true, false]);
  writeFileSync(path, line(said('one')));
  expect([await text.read(), text.missing]).toEqual([true, false]);
  expect(await text.read()).toBe(false);
  const half = line(said('two'));
  appendFileSync(path, half.slice(0, 20));
  await text.read();
  appendFileSync(path, half.slice(20));
  expect(await text.read()).toBe(true);
  expect(text.text).toMatch(/one\n\n.*\n {4}two/);
  writeFileSync(`${path}.new`, line(said('three')));
  renameSync(`${path}.new`, path);
  await text.read();
  expect(text.text).not.toContain('one');
  expect(text.text).toContain('three');
});

test('a long one is read from its end, and keeps to its size as it grows', async () => {
  const path = join(tempDir(), 's.jsonl');
  const filler = Array.from({ length: 1000 }, (_, i) => line(said(`${i} ${'x'.repeat(15_000)}`, { at: i }))).join('');
  writeFileSync(path, filler);
  const text = new TranscriptText(path, words);
  await text.read();
  expect([text.cut, text.bytes]).toEqual([true, filler.length]);
  expect(text.counts.lines).toBeLessThan(600);
  expect(text.counts.unknown).toBe(0);
  expect(text.text).toContain('    999 x');
  for (let i = 0; i < 2; i++) {
    appendFileSync(path, filler);
    await text.read();
  }
  expect(text.text.length).toBeLessThan(2_500_000);
});

test('of 500 MB only the end is read', async () => {
  const path = join(tempDir(), 's.jsonl');
  writeFileSync(path, '');
  truncateSync(path, 500 << 20);
  appendFileSync(path, `\n${line(said('the end'))}`);
  const text = new TranscriptText(path, words);
  await text.read();
  expect([text.cut, text.bytes > 500 << 20, text.counts]).toEqual([true, true, { lines: 1, unknown: 0 }]);
  expect(text.text).toContain('    the end');
});

test('the place of a time is what was written last at it or before it', async () => {
  const text = await textOf([0, 10, 20].map((at) => line(said(`at ${at}`, { at }))).join(''));
  const at = (seconds: number): string | undefined =>
    text.text
      .split('\n')
      .slice(text.lineAt(Date.UTC(2026, 0, 1, 0, 0, seconds)))[1]
      ?.trim();
  expect([at(10), at(19), at(20), at(99)]).toEqual(['at 10', 'at 10', 'at 20', 'at 20']);
  expect(text.lineAt(0)).toBe(0);
});

test('a torn line and one of unknown shape are counted; the others are shown', async () => {
  const text = await textOf(`{"type":"user","mess\n${line({ type: 7 })}${line(said('still here'))}`);
  expect(text.counts).toEqual({ lines: 3, unknown: 2 });
  expect(text.text).toContain('[damaged: not JSON');
  expect(text.text).toContain('still here');
});

test('a part as long as a file is cut', async () => {
  const { text } = await textOf(line(result('t', 'y'.repeat(50_000))));
  expect(text).toContain('[30000 more characters]');
  expect(text.length).toBeLessThan(21_000);
});
