import { afterAll, beforeAll, expect, test } from 'vitest';
import { SETTINGS_FILES, type SettingsFileCase } from '#test/lib/settingsFiles.ts';
import { trySettings, type SettingsTrial } from '#test/lib/settingsTrial.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';

/** All of them are tried in test/long. */
const FILES = SETTINGS_FILES.filter((_, number) => number % 2 === 0);

let trials: Map<SettingsFileCase, SettingsTrial>;
beforeAll(async () => {
  trials = await trySettings('pinned', FILES);
}, 600_000);
afterAll(removeTempDirs);

test.each(FILES.map((file) => [`${file.scope} settings: ${file.name}`, file] as const))(
  '%s: the doctor says in which files hooks run',
  (_, file) => {
    const { said, done } = trials.get(file) ?? { said: ['not tried'], done: [] };
    expect(said).toEqual(done);
  },
);
