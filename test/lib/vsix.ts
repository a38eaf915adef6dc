import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { repoRoot } from './runtimes.ts';

/** Packs what is built in dist/ as a person would get it. Returns the path of the vsix. */
export async function packVsix(): Promise<string> {
  const file = join(repoRoot, 'out', 'fermata.vsix');
  mkdirSync(join(repoRoot, 'out'), { recursive: true });
  const vsce = join(repoRoot, 'node_modules', '@vscode', 'vsce', 'vsce');
  await promisify(execFile)(process.execPath, [vsce, 'package', '--no-dependencies', '-o', file], { cwd: repoRoot });
  return file;
}
