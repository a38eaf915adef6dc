/**
 * A path of Windows as it is compared: with `/`, a capital drive letter, and no `\\?\` before it. Git Bash has the drives below
 * the root (`/c/proj`), and its tools print them so. Pure.
 */
export const slashed = (path: string): string =>
  path
    .replaceAll('\\', '/')
    .replace(/^\/\/[?.]\/(?=[A-Za-z]:)/, '')
    .replace(
      /^(?:\/([A-Za-z])|([A-Za-z]):)(?=\/|$)/,
      (_, below: string, drive: string) => `${(below ?? drive).toUpperCase()}:`,
    );

/** A path from elsewhere as this system has it; elsewhere than on Windows it is what it is. */
export const nativePath = (path: string, platform: NodeJS.Platform = process.platform): string =>
  platform === 'win32' ? slashed(path).replaceAll('/', '\\') : path;

/** A path as Git Bash has it, in a PATH of which a colon would end it: `C:\proj` is `/c/proj`. */
export const gitBashPath = (path: string, platform: NodeJS.Platform = process.platform): string =>
  platform === 'win32' ? slashed(path).replace(/^([A-Z]):/, (_, drive: string) => `/${drive.toLowerCase()}`) : path;
