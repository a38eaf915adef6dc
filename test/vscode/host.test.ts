import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { launchBrowser } from '#test/lib/browser.ts';
import { ensureRuntimes, repoRoot } from '#test/lib/runtimes.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { remoteUri, startVSCode, workbenchUrl } from '#test/lib/vscodeServer.ts';

/** A folder that holds `package.json` and `dist/`, as the extension's own does. */
const extensionDir = process.env['FERMATA_EXTENSION_DIR'] ?? repoRoot;

afterAll(removeTempDirs);

test('mocha inside the extension host', async () => {
  await ensureRuntimes();
  const out = join(tempDir('fermata-host-'), 'out.txt');
  // without the flag a built workbench ignores the path of the tests
  const server = await startVSCode({ args: ['--enable-smoke-test-driver'], env: { FERMATA_TEST_OUT: out } });
  const browser = await launchBrowser();
  const printed: string[] = [];
  let code: unknown;
  try {
    const page = await browser.newPage();
    const ended = new Promise<unknown>((resolve) => {
      void page.exposeFunction('codeAutomationExit', (exit: unknown) => resolve(exit));
      void page.exposeFunction(
        'codeAutomationLog',
        (_type: string, args: unknown[]) => void printed.push(args.join(' ')),
      );
    });
    const tests = join(repoRoot, 'test', 'vscode', 'host', 'index.cjs');
    await page.goto(
      workbenchUrl(server, tempDir('fermata-project-'), [
        ['extensionDevelopmentPath', remoteUri(server, extensionDir)],
        ['extensionTestsPath', remoteUri(server, tests)],
      ]),
    );
    code = await ended;
  } finally {
    await browser.close();
    await server.stop();
  }
  const text = existsSync(out) ? readFileSync(out, 'utf8') : printed.join('\n');
  const result = JSON.parse(/^RESULT (.*)$/m.exec(text)?.[1] ?? '{"passed":0,"failed":1}') as {
    passed: number;
    failed: number;
  };
  expect(result, text).toMatchObject({ failed: 0 });
  expect(result.passed, text).toBeGreaterThan(0);
  expect(code).toBe(0);
});
