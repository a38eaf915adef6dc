// An esbuild plugin: each `import('./x.ts')` of the source makes a file of its own, loaded when somebody comes to it. What
// several such parts use is in a file that they share, so that no state is there twice. esbuild splits only ES modules,
// and the extension host loads CommonJS: so every file is written as the one and made into the other.
import * as esbuild from 'esbuild';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

export const commonJsParts = {
  name: 'commonJsParts',
  setup: ({ initialOptions, onEnd }) => {
    Object.assign(initialOptions, { format: 'esm', splitting: true, write: false });
    const { platform, target, charset, minify, sourcemap } = initialOptions;
    // import() becomes a promise of require()
    const supported = { 'dynamic-import': false };
    /** @type {import('esbuild').TransformOptions} */
    const options = { platform, target, charset, minify, sourcemap, format: 'cjs', supported };
    onEnd(async ({ outputFiles = [] }) => {
      for (const { path, text } of outputFiles) {
        const { code } = await esbuild.transform(text, options);
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, code);
      }
    });
  },
};
