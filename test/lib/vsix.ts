import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { repoRoot } from './runtimes.ts';
import { tempDir } from './tempDir.ts';

const { publisher, name } = JSON.parse(readFileSync(join(repoRoot, 'package.json'), 'utf8')) as {
  publisher: string;
  name: string;
};

/** VS Code's identifier of the extension. */
export const extensionId = `${publisher}.${name}`;

let made: Promise<string> | undefined;

/** The extension as a user gets it: a vsix made from `dist/`, once in a process. FERMATA_VSIX names an existing one. */
export function packagedExtension(): Promise<string> {
  const existing = process.env['FERMATA_VSIX'];
  return (made ??= existing ? Promise.resolve(existing) : makePackage().then(({ vsix }) => vsix));
}

/** Makes the vsix as `npm run package` does; also returns the output of the packager. */
export async function makePackage(): Promise<{ vsix: string; output: string }> {
  const vsix = join(tempDir('fermata-vsix-'), 'fermata.vsix');
  const vsce = join(repoRoot, 'node_modules', '@vscode', 'vsce', 'vsce');
  const args = [vsce, 'package', '--no-dependencies', '-o', vsix];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: repoRoot });
  return { vsix, output: `${stdout}${stderr}` };
}
