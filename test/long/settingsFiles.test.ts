import { afterAll, expect, test } from 'vitest';
import { SETTINGS_FILES } from '#test/lib/settingsFiles.ts';
import { trySettings } from '#test/lib/settingsTrial.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

test.each(['oldest', 'pinned', 'newest'] as const)(
  'the doctor says what Claude Code (%s) makes of a file',
  async (version) => {
    const trials = await trySettings(version, SETTINGS_FILES);
    const wrong = [...trials]
      .filter(([, { said, done }]) => said.join(' ') !== done.join(' '))
      .map(([{ name, scope }, trial]) => ({ file: `${scope} settings: ${name}`, ...trial }));
    expect(wrong).toEqual([]);
  },
);
