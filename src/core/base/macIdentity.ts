import { execFileSync } from 'node:child_process';

/** The id of a Mac's hardware; empty on other systems. */
export const macHardware = (): string =>
  /"IOPlatformUUID" = "([^"]+)"/.exec(printedBy('/usr/sbin/ioreg', ['-rd1', '-c', 'IOPlatformExpertDevice']))?.[1] ??
  '';

/** The id that a Mac draws at each boot; empty on other systems. */
export const macBoot = (): string => printedBy('/usr/sbin/sysctl', ['-n', 'kern.bootsessionuuid']).trim();

function printedBy(program: string, args: string[]): string {
  if (process.platform !== 'darwin') return '';
  try {
    return execFileSync(program, args, { encoding: 'utf8', timeout: 2000, stdio: 'pipe' });
  } catch {
    return '';
  }
}
