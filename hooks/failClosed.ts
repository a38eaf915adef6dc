import { existsSync } from 'node:fs';
import { homePaths } from '#core/base/paths.ts';

/** Whether the person prefers a refused tool call to one that Fermata could not judge (setting `failClosed`). */
export const isFailClosed = (home: string, event: string): boolean =>
  event === 'PreToolUse' && existsSync(homePaths(home).failClosed);
