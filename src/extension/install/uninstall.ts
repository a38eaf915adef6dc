/**
 * The program that VS Code runs after the extension has been uninstalled, in plain Node and for at most five seconds. It
 * removes the hooks and the plugin in Claude Code, and makes those harmless that it cannot remove. Sessions and backups belong to the person and stay.
 */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { uninstallEverywhere } from '#core/install/installer.ts';
import { removeModEverywhere, modLocation } from '#core/install/mod/modFolder.ts';
import { disconnect, failOpen } from '#core/install/runtimeFiles.ts';
import { fermataHome } from '#core/base/paths.ts';

const { env } = process;
const home = fermataHome(env);
const { HOME: userHome, CLAUDE_CONFIG_DIR: claudeConfigDir } = env;

if (existsSync(home)) {
  // first, so that nothing is refused for what is gone a moment later, nor for an entry that cannot be taken out
  failOpen(home);
  const outcomes = uninstallEverywhere({
    home,
    userHome: userHome || undefined,
    claudeConfigDir: claudeConfigDir || undefined,
  });
  const place = modLocation({ home, userHome: userHome || homedir(), claudeConfigDir: claudeConfigDir || undefined });
  const all = [...outcomes, ...removeModEverywhere(place)];
  disconnect(home);
  for (const { ok, message } of all) (ok ? console.log : console.error)(message);
  process.exitCode = all.every(({ ok }) => ok) ? 0 : 1;
}
