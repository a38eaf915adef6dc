import { homePaths } from './paths.ts';
import { shellCommand, type Shell } from './shellQuote.ts';

/** The installed command, as a path that a shell can start. */
export function ownProgram(home: string, shell: Shell, platform: NodeJS.Platform = process.platform): string {
  const { cli } = homePaths(home);
  return platform === 'win32' ? windowsProgram(cli, shell) : cli;
}

/** The same on Windows: for PowerShell not the script for `sh`. */
export const windowsProgram = (cli: string, shell: Shell): string =>
  shell === 'sh' ? cli.replaceAll('\\', '/') : `${cli.replaceAll('/', '\\')}.cmd`;

/** The same as the beginning of a command. */
export const ownCommand = (home: string, shell: Shell, platform: NodeJS.Platform = process.platform): string =>
  shellCommand([ownProgram(home, shell, platform)], shell);
