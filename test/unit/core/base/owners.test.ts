import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { gatherFacts } from '#core/install/doctor/facts.ts';
import { installRuntime } from '#core/install/runtimeFiles.ts';
import { readNames, readWords } from '#core/claude/transcript/readWords.ts';
import { TranscriptEnd } from '#core/claude/transcript/transcriptEnd.ts';
import { TranscriptTail } from '#core/claude/transcript/transcriptTail.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { recorded } from '#test/unit/core/claude/transcript/recorded.ts';

// What belongs to another user is neither read as a transcript nor taken for a home.

afterEach(() => vi.restoreAllMocks());
afterAll(removeTempDirs);

const asAnotherUser = (): void => {
  const own = process.getuid?.() ?? 0;
  vi.spyOn(process, 'getuid').mockReturnValue(own + 1);
};

function transcript(name = 's.jsonl'): string {
  const path = join(tempDir(), name);
  writeFileSync(path, recorded('tasks/1.jsonl'));
  return path;
}

/** Whether each reader of transcripts finds something. */
async function readers(path: string): Promise<boolean[]> {
  let lines = 0;
  const end = await new TranscriptEnd(path, 1 << 20, () => lines++).read();
  const { changed } = new TranscriptTail(path).read(() => true);
  return [readWords(path) !== undefined, readNames(path) !== undefined, !end.missing && lines > 0, changed];
}

test('a transcript is read where it is one’s own', async () => {
  expect(await readers(transcript())).toEqual([true, true, true, true]);
  expect(await readers(transcript('s.json'))).toEqual([false, false, false, false]);
});

test.skipIf(process.platform === 'win32')('a transcript of another user is not', async () => {
  const path = transcript();
  asAnotherUser();
  expect(await readers(path)).toEqual([false, false, false, false]);
});

test.skipIf(process.platform === 'win32')(
  'a home of another user takes no programs, and is named in Diagnose',
  async () => {
    const home = tempDir();
    const state = async (): Promise<string> =>
      (
        await gatherFacts({
          home,
          folders: [],
          userHome: home,
          claudeConfigDir: undefined,
          env: {},
          claudePath: '/none',
        })
      ).home.state;
    expect(await state()).toBe('there');
    asAnotherUser();
    expect(await state()).toBe('foreign');
    expect(installRuntime({ home, distDir: tempDir(), nodePath: process.execPath, version: '1' })).toEqual({
      ok: false,
      message: expect.stringContaining('belongs to another user') as string,
    });
  },
);
