// An esbuild plugin: one file has everything that a program loads at its start, and each `import('./x.ts')` of its source
// makes another file, a part, which is loaded on demand. Modules that several parts use, and the start does not, become a
// part of their own. So no module is there twice, neither its code nor its state.
//
// esbuild splits only ES modules, and into many small files. A few CommonJS files load faster: so the modules of the start
// are bundled once more, into one file that exports them to the parts.
import * as esbuild from 'esbuild';
import { mkdirSync, writeFileSync } from 'node:fs';
import { AT_ONCE } from './onFirstCall.mjs';
import { basename, dirname, extname, relative, resolve } from 'node:path';

export const inParts = {
  name: 'inParts',
  setup: ({ initialOptions, onEnd }) => {
    Object.assign(initialOptions, { format: 'esm', splitting: true, write: false });
    const { platform, target, charset, minify, sourcemap } = initialOptions;
    const commonJs = { platform, target, charset, minify, sourcemap, format: 'cjs' };
    // import() becomes a promise of require()
    commonJs.supported = { 'dynamic-import': false };
    const [source] = Object.values(initialOptions.entryPoints);

    onEnd(async ({ errors, outputFiles = [], metafile }) => {
      if (errors.length > 0) return;
      const modules = new Map(outputFiles.map(({ path, text }) => [path, atOnce(text)]));
      const outputs = new Map(Object.entries(metafile.outputs).map(([path, output]) => [resolve(path), output]));
      const start = [...outputs.keys()].find((path) => resolve(outputs.get(path).entryPoint ?? '') === resolve(source));
      const atStart = loadedWith(start, outputs);
      write(start, await bundled(start, atStart, modules, commonJs));
      for (const [path, text] of modules) {
        if (atStart.has(path)) continue;
        const { code } = await esbuild.transform(text, commonJs);
        write(
          path,
          code.replaceAll(/require\("(\.[^"]+)"\)/g, (call, from) => {
            const module = resolve(dirname(path), from);
            return atStart.has(module) ? `require("${fromTo(path, start)}").${handed(module)}` : call;
          }),
        );
      }
      metafile.outputs = joined(outputs, atStart, start);
    });
  },
};

/** A text in which each marked `import()` is a call that may be synchronous. */
const atOnce = (text) => text.replaceAll(new RegExp(`import\\(("[^"]+")\\)\\.${AT_ONCE}`, 'g'), 'require($1)');

/** The modules that a module loads, itself included. */
function loadedWith(path, outputs) {
  const found = new Set([path]);
  for (const each of found)
    for (const { kind, external, path: imported } of outputs.get(each).imports)
      if (kind === 'import-statement' && external !== true) found.add(resolve(imported));
  return found;
}

/** The name under which the start exports one of its modules to the parts. */
const handed = (path) => basename(path, extname(path)).replaceAll(/\W/g, '_');

const fromTo = (from, to) => relative(dirname(from), to).replace(/^(?!\.)/, './');

function write(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

async function bundled(start, atStart, modules, commonJs) {
  const exports = [...atStart].map((path) => `export * ${path === start ? '' : `as ${handed(path)}`} from '${path}';`);
  const { outputFiles } = await esbuild.build({
    ...commonJs,
    stdin: { contents: exports.join('\n'), sourcefile: start },
    bundle: true,
    write: false,
    plugins: [
      {
        name: 'modulesOfTheStart',
        setup: ({ onResolve, onLoad }) => {
          onResolve({ filter: /./ }, ({ path, importer, namespace }) => {
            const module = resolve(namespace === 'start' ? dirname(importer) : '', path);
            if (atStart.has(module)) return { path: module, namespace: 'start' };
            return { path: modules.has(module) ? fromTo(start, module) : path, external: true };
          });
          onLoad({ filter: /./, namespace: 'start' }, ({ path }) => ({ contents: modules.get(path) }));
        },
      },
    ],
  });
  return outputFiles[0].text;
}

/** esbuild's record of its outputs, with the modules of the start as one file. */
function joined(outputs, atStart, start) {
  const inputs = {};
  for (const path of atStart)
    for (const [source, { bytesInOutput }] of Object.entries(outputs.get(path).inputs))
      inputs[source] = { bytesInOutput: bytesInOutput + (inputs[source]?.bytesInOutput ?? 0) };
  const parts = [...outputs].filter(([path]) => !atStart.has(path));
  const all = [[start, { ...outputs.get(start), inputs }], ...parts];
  return Object.fromEntries(all.map(([path, output]) => [relative('', path), output]));
}
