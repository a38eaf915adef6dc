import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { repoRoot } from './runtimes.ts';
import { tempDir } from './tempDir.ts';

let made: Promise<string> | undefined;

/** The extension as a user gets it: a vsix made from `dist/`, once a process. FERMATA_VSIX names one that is there already. */
export function packagedExtension(): Promise<string> {
  const given = process.env['FERMATA_VSIX'];
  return (made ??= given ? Promise.resolve(given) : makePackage());
}

async function makePackage(): Promise<string> {
  const vsix = join(tempDir('fermata-vsix-'), 'fermata.vsix');
  const vsce = join(repoRoot, 'node_modules', '@vscode', 'vsce', 'vsce');
  await promisify(execFile)(process.execPath, [vsce, 'package', '--no-dependencies', '-o', vsix], { cwd: repoRoot });
  return vsix;
}
