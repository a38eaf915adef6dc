import { exists } from '#core/base/files/facts.ts';
import { sessionPaths } from '#core/base/paths.ts';
import { loadSettings } from '#core/base/settings.ts';
import { shareSession } from '#core/session/seat.ts';
import { readConnection } from './connection.ts';
import { ensureBridge } from './ensureBridge.ts';

/**
 * Called where a session starts or a prompt comes: starts the bridge where the session is shared, and shares it before where the
 * setting `machines.share` is `all`. Throws ConnectionProblem or the system's error.
 */
export function keepShared(dir: string, home: string, env: NodeJS.ProcessEnv): void {
  if (!exists(sessionPaths(dir).seat)) {
    const settings = loadSettings(home, undefined);
    const connection = settings['machines.share'] === 'all' ? readConnection(settings) : undefined;
    if (connection === undefined) return;
    shareSession(dir, { space: connection.space, machine: connection.name });
  }
  ensureBridge(home, env);
}
