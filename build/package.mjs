// `npm run package [-- ARGUMENTS OF VSCE]`: makes the package from dist/. The times in it are that of the commit, or of
// SOURCE_DATE_EPOCH where that is set, so that the same source gives the same bytes.
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

/** The time of the last commit in seconds; undefined where this is no checkout. */
function commitTime() {
  try {
    return execFileSync('git', ['log', '-1', '--format=%ct'], { cwd: root, stdio: ['ignore', 'pipe', 'ignore'] })
      .toString()
      .trim();
  } catch {
    return undefined;
  }
}

const time = process.env.SOURCE_DATE_EPOCH ?? commitTime();
const vsce = join(root, 'node_modules', '@vscode', 'vsce', 'vsce');
const { status } = spawnSync(process.execPath, [vsce, 'package', '--no-dependencies', ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, ...(time !== undefined && { SOURCE_DATE_EPOCH: time }) },
});
process.exit(status ?? 1);
