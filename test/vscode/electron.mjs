// `npm run test:electron`: the host tests (test/vscode/host) in a desktop VS Code: the one that VSCODE_PATH names, or one
// that is downloaded, of the version that VSCODE_VERSION names (`stable`, `1.105.1`, …; without it the newest). Needs a
// display; `npm run test:vscode` runs the same tests in the server build. Exit code 2: it could not be run, nothing was tested.
import { downloadAndUnzipVSCode, runTests } from '@vscode/test-electron';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const runtimes = join(here, '..', 'runtimes');
const { VSCODE_PATH, VSCODE_VERSION, DISPLAY, WAYLAND_DISPLAY } = process.env;

function giveUp(why) {
  console.error(`The tests cannot run in a desktop VS Code here: ${why}`);
  console.error('Nothing was tested. `npm run test:vscode` runs the same tests in the server build.');
  process.exit(2);
}

if (process.platform === 'linux' && !DISPLAY && !WAYLAND_DISPLAY)
  giveUp('there is no display. `xvfb-run -a npm run test:electron` makes one.');
if (VSCODE_PATH && !existsSync(VSCODE_PATH)) giveUp(`VSCODE_PATH names ${VSCODE_PATH}, and that is not there.`);
const vscodeExecutablePath =
  VSCODE_PATH ||
  (await downloadAndUnzipVSCode(VSCODE_VERSION || 'stable').catch((error) =>
    giveUp(`none is named by VSCODE_PATH, and none can be downloaded (${error.message}).`),
  ));

// mocha runs inside the extension host
if (!existsSync(join(runtimes, 'node_modules', 'mocha'))) {
  const ci = ['ci', '--prefix', runtimes, '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  if (spawnSync('npm', ci, { cwd: runtimes, stdio: 'inherit', shell: process.platform === 'win32' }).status !== 0)
    giveUp('the packages of test/runtimes cannot be installed.');
}

const scratch = mkdtempSync(join(tmpdir(), 'fermata-electron-'));
const report = join(scratch, 'out.txt');
try {
  await runTests({
    vscodeExecutablePath,
    extensionDevelopmentPath: join(here, '..', '..'),
    extensionTestsPath: join(here, 'host', 'index.cjs'),
    launchArgs: [scratch, '--disable-extensions', '--disable-workspace-trust', '--skip-welcome'],
    extensionTestsEnv: { FERMATA_TEST_OUT: report, HOME: scratch, FERMATA_HOME: join(scratch, '.fermata') },
  });
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  console.log(existsSync(report) ? readFileSync(report, 'utf8') : 'The tests did not begin.');
  rmSync(scratch, { recursive: true, force: true, maxRetries: 5 });
}
