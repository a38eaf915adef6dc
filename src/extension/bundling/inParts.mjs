// An esbuild plugin for a program that stays: one file has all that it loads at its start, and each `import('./x.ts')` of
// the source makes a part, in a folder beside that file, which is loaded when somebody comes to it. What several parts use,
// and the start does not, is a part of its own. So nothing is there twice, neither code nor state.
//
// esbuild splits only what it writes as ES modules, and into many small ones. The extension host loads CommonJS soonest,
// and few files of it: so the modules of the start are bundled once more, into one file that hands them to the parts.
import * as esbuild from 'esbuild';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

export const inParts = {
  name: 'inParts',
  setup: ({ initialOptions, onEnd }) => {
    Object.assign(initialOptions, { format: 'esm', splitting: true, write: false });
    const { entryPoints, outdir, platform, target, charset, minify, sourcemap } = initialOptions;
    const program = basename(entryPoints[0], '.ts');
    const commonJs = { platform, target, charset, minify, sourcemap, format: 'cjs' };
    // import() becomes a promise of require()
    commonJs.supported = { 'dynamic-import': false };

    onEnd(async ({ errors, outputFiles = [], metafile }) => {
      if (errors.length > 0) return;
      const modules = new Map(outputFiles.map(({ path, text }) => [basename(path), text]));
      const atStart = loadedWith(`${program}.js`, metafile);
      // the names change with what is in them
      rmSync(join(outdir, program), { recursive: true, force: true });
      mkdirSync(join(outdir, program), { recursive: true });
      writeFileSync(join(outdir, `${program}.js`), await startOf(program, atStart, modules, commonJs));
      metafile.outputs = joined(metafile.outputs, atStart, join(outdir, `${program}.js`));
      for (const [file, text] of modules) {
        if (atStart.has(file)) continue;
        const { code } = await esbuild.transform(text, commonJs);
        const part = code.replaceAll(/require\("\.\/([^"]+)"\)/g, (call, from) =>
          atStart.has(from) ? `require("../${program}.js").${handed(from)}` : call,
        );
        writeFileSync(join(outdir, program, file), part);
      }
    });
  },
};

/** The names of the modules that are loaded with this one. */
function loadedWith(file, { outputs }) {
  const found = new Set([file]);
  const imports = new Map(Object.entries(outputs).map(([path, output]) => [basename(path), output.imports]));
  for (const each of found)
    for (const { kind, external, path } of imports.get(each))
      if (kind === 'import-statement' && external !== true) found.add(basename(path));
  return found;
}

/** The name under which the start hands one of its modules to the parts. */
const handed = (file) => basename(file, '.js').replaceAll('-', '_');

async function startOf(program, atStart, modules, commonJs) {
  const own = `${program}.js`;
  const exports = [...atStart].map((file) => `export * ${file === own ? '' : `as ${handed(file)}`} from '${file}';`);
  const { outputFiles } = await esbuild.build({
    ...commonJs,
    stdin: { contents: exports.join('\n') },
    bundle: true,
    write: false,
    plugins: [
      {
        name: 'modulesOfTheStart',
        setup: ({ onResolve, onLoad }) => {
          onResolve({ filter: /./ }, ({ path }) => {
            const file = basename(path);
            if (atStart.has(file)) return { path: file, namespace: 'start' };
            return { path: modules.has(file) ? `./${program}/${file}` : path, external: true };
          });
          onLoad({ filter: /./, namespace: 'start' }, ({ path }) => ({ contents: modules.get(path) }));
        },
      },
    ],
  });
  return outputFiles[0].text;
}

/** What esbuild says of its outputs, with the modules of the start as the one file that they are. */
function joined(outputs, atStart, file) {
  const [start, parts] = [{}, {}];
  for (const [path, output] of Object.entries(outputs)) {
    if (!atStart.has(basename(path))) parts[path] = output;
    else
      for (const [input, { bytesInOutput }] of Object.entries(output.inputs))
        start[input] = { bytesInOutput: bytesInOutput + (start[input]?.bytesInOutput ?? 0) };
  }
  return { [file]: { inputs: start }, ...parts };
}
