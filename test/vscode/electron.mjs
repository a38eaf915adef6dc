// `npm run test:electron`: the same host tests in a desktop VS Code, where there is one or one can be downloaded.
// VSCODE_PATH names an installed one. Needs a display; `npm test` uses the server build instead.
import { runTests } from '@vscode/test-electron';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'fermata-electron-'));
const report = join(scratch, 'out.txt');
try {
  await runTests({
    ...(process.env.VSCODE_PATH === undefined ? {} : { vscodeExecutablePath: process.env.VSCODE_PATH }),
    extensionDevelopmentPath: join(here, '..', '..'),
    extensionTestsPath: join(here, 'host', 'index.cjs'),
    launchArgs: [scratch, '--disable-extensions', '--disable-workspace-trust', '--skip-welcome'],
    extensionTestsEnv: { FERMATA_TEST_OUT: report, HOME: scratch, FERMATA_HOME: join(scratch, '.fermata') },
  });
} finally {
  console.log(readFileSync(report, 'utf8'));
  rmSync(scratch, { recursive: true, force: true });
}
