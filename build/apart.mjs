// An esbuild plugin for hooks: a part that is loaded on demand is in a file of its own beside the one that loads it, and each
// has its own copy of the modules that both use. `inParts` shares modules, but only whole ones: what only a part uses of
// them, and the code that exports them, made the program of a tool call 15 % larger (68.6 KB instead of 59.6).
import * as esbuild from 'esbuild';
import { readFileSync, writeFileSync } from 'node:fs';

/** `import()` of a file named `source` becomes a promise of require(`path`), or of what its function `exported` returns. */
export const apart = (source, path, exported) => ({
  name: 'apart',
  setup: ({ initialOptions, onResolve, onEnd }) => {
    onResolve({ filter: new RegExp(`(^|/)${source}\\.ts$`) }, () => ({ path, external: true }));
    const { platform, target, charset, minify } = initialOptions;
    // not replaced by esbuild, which adds 700 bytes to convert modules that are not its own
    initialOptions.supported = { ...initialOptions.supported, 'dynamic-import': true };
    onEnd(async ({ metafile, errors }) => {
      if (errors.length > 0) return;
      for (const file of Object.keys(metafile.outputs)) {
        const part = `require("${path}")${exported === undefined ? '' : `.${exported}()`}`;
        const text = readFileSync(file, 'utf8').replaceAll(`import("${path}")`, `Promise.resolve(${part})`);
        const shaken = { platform, target, charset, minify, treeShaking: true };
        writeFileSync(file, minify ? (await esbuild.transform(text, shaken)).code : text);
      }
    });
  },
});
