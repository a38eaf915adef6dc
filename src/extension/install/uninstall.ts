/**
 * What VS Code runs, as plain Node and for five seconds at most, once the extension is uninstalled for good: hooks are
 * taken out again, and what could not be edited is made harmless. Sessions and backups stay; they are the person's.
 */
import { existsSync } from 'node:fs';
import { uninstallEverywhere } from '#core/install/installer.ts';
import { disconnect } from '#core/install/runtimeFiles.ts';
import { fermataHome } from '#core/base/paths.ts';

const { env } = process;
const home = fermataHome(env);
const { HOME: userHome, CLAUDE_CONFIG_DIR: claudeConfigDir } = env;

if (existsSync(home)) {
  const outcomes = uninstallEverywhere({
    home,
    ...(userHome ? { userHome } : {}),
    ...(claudeConfigDir ? { claudeConfigDir } : {}),
  });
  disconnect(home);
  for (const { ok, message } of outcomes) (ok ? console.log : console.error)(message);
  process.exitCode = outcomes.every(({ ok }) => ok) ? 0 : 1;
}
