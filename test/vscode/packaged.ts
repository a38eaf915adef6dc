import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { makePackage } from '#test/lib/vsix.ts';

/** Packages the extension, and has it installed, once for all test files of the editor, which are processes of their own. */
export async function setup(): Promise<void> {
  process.env['FERMATA_VSIX'] ??= (await makePackage()).vsix;
  process.env['FERMATA_INSTALLED'] = tempDir('fermata-installed-');
}

export const teardown = removeTempDirs;
