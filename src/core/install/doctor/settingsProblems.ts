import { parseSettings } from '#protocol/parseSettings.ts';
import { readValues, settingsFiles } from '#core/base/settings.ts';

/** What is wrong with the settings that count for a project, in words, without the full stop. */
export function settingsProblems(home: string, projectDir: string | undefined): string[] {
  return settingsFiles(home, projectDir).flatMap((file) => {
    try {
      const { rejected } = parseSettings(readValues(file));
      return rejected.map((name) => `the setting ${name} has a value that it cannot have; the default counts`);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      return [`${file} cannot be parsed; its settings are ignored (${(error as Error).message})`];
    }
  });
}
