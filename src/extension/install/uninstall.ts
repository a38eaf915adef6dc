/**
 * The program that VS Code runs after the extension has been uninstalled, in plain Node and for at most five seconds. It
 * removes the hooks, and makes those harmless that it cannot remove. Sessions and backups belong to the person and stay.
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
    userHome: userHome || undefined,
    claudeConfigDir: claudeConfigDir || undefined,
  });
  disconnect(home);
  for (const { ok, message } of outcomes) (ok ? console.log : console.error)(message);
  process.exitCode = outcomes.every(({ ok }) => ok) ? 0 : 1;
}
