import { sessionDir } from '#core/base/paths.ts';
import { claudeProcesses } from '#core/claude/processes.ts';
import type { ReachFacts } from '#core/install/hookReach.ts';
import { installedVersion } from '#core/install/runtimeFiles.ts';
import { resolveSessionDir } from '#core/session/folder.ts';
import { modVersion } from '#core/session/modSign.ts';
import { readModFolder, type ModLocation } from './modFolder.ts';
import type { ModFacts } from './modReach.ts';

/** Reads the facts that `modReach` decides by, beside those of the hooks. Writes nothing; never throws. */
export function readModFacts(place: ModLocation, reach: ReachFacts, now: number): ModFacts {
  const { home, config } = place;
  const running = (claudeProcesses(config) ?? []).map(({ session }) =>
    modVersion(resolveSessionDir(sessionDir(home, session)), now),
  );
  return {
    config,
    home,
    folder: readModFolder(place),
    version: installedVersion(home),
    reach,
    sessions: running.length,
    running: running.filter((version) => version !== undefined).length,
  };
}
