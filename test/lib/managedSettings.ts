import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Settings of an administrator that one program alone finds: in a folder /etc of its own, in a namespace of its own. Mounting
 * takes root.
 * @param root an empty or own folder of the test
 * @returns the folder of those settings as this process finds it, and a program that runs `program` with them
 */
export function withManagedSettings(
  root: string,
  program: string,
  settings: object,
): { managed: string; wrapper: string } {
  const etc = join(root, 'etc');
  cpSync('/etc', etc, { recursive: true, verbatimSymlinks: true });
  const managed = join(etc, 'claude-code');
  mkdirSync(managed, { recursive: true });
  writeFileSync(join(managed, 'managed-settings.json'), JSON.stringify(settings));
  const wrapper = join(root, 'managed');
  const inside = `mount --bind '${etc}' /etc && exec '${program}' "$@"`;
  writeFileSync(
    wrapper,
    `#!/bin/sh\nexec unshare -m sh -c ${JSON.stringify(inside).replaceAll('$', '\\$')} managed "$@"\n`,
    { mode: 0o755 },
  );
  return { managed, wrapper };
}
