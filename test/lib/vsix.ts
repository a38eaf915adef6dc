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

/** Makes the vsix from `dist/` of a checkout as `npm run package` does; also returns the output of the packager. */
export async function makePackage(root = repoRoot, env = process.env): Promise<{ vsix: string; output: string }> {
  const vsix = join(tempDir('fermata-vsix-'), 'fermata.vsix');
  const args = [join(root, 'build', 'package.mjs'), '-o', vsix];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { env });
  return { vsix, output: `${stdout}${stderr}` };
}
