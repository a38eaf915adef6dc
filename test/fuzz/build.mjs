// Bundles the program that fuzzes, with counters in the code that it fuzzes. `npm run fuzz` and its tests build it anew.
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';
import { COUNTERS, instrument } from './instrument.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** Writes the program to `outfile`; with `breaks` one of code that is broken in these places. */
export async function buildFuzz(outfile, breaks = []) {
  mkdirSync(dirname(outfile), { recursive: true });
  await esbuild.build({
    absWorkingDir: root,
    entryPoints: ['test/fuzz/fuzz.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    // the default UMD entry of jsonc-parser bundles but fails at run time
    alias: { 'jsonc-parser': join(root, 'node_modules/jsonc-parser/lib/esm/main.js') },
    plugins: [instrument(breaks)],
    // bundled packages may still call require
    banner: {
      js: `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);${COUNTERS}`,
    },
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildFuzz(join(root, 'out/fuzz.mjs'));
