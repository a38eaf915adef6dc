import { build, type Plugin } from 'esbuild';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

test('what a promise of a program that was run is kept with is the same as without the plugin', async () => {
  const dir = tempDir('fermata-builtins-');
  const source = join(dir, 'program.ts');
  writeFileSync(
    source,
    `import { execFile } from 'node:child_process';
     import { promisify } from 'node:util';
     export const run = () => promisify(execFile)(process.execPath, ['-e', 'console.log("out"); console.error("err")']);`,
  );
  const plugin = new URL('../../../build/lazyBuiltins.mjs', import.meta.url).href;
  const { lazyBuiltins } = (await import(plugin)) as { lazyBuiltins: Plugin };
  const outfile = join(dir, 'program.cjs');
  await build({
    entryPoints: [source],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    plugins: [lazyBuiltins],
  });
  const { run } = createRequire(join(dir, 'test.js'))(outfile) as { run: () => Promise<unknown> };
  expect(await run()).toEqual({ stdout: 'out\n', stderr: 'err\n' });
});
