// An esbuild plugin for programs that must start at once: functions that most runs do not call are in another file, which is
// loaded when one of them is first called. Unlike an `import()`, such a call may be synchronous.
import { readFileSync } from 'node:fs';
import { basename, dirname, isAbsolute, relative, resolve } from 'node:path';

/** The suffix of a module as it is, in which nothing is loaded later. */
const WHOLE = '?whole';
/** Marks an `import()` that `inParts` makes a synchronous require(). */
export const AT_ONCE = 'loadedAtOnce';

/**
 * What a function of a module uses, and its other functions do not, leaves the program with it.
 * @param {Map<string, string[]>} functions names of functions by the absolute path of the module that exports them
 * @param {string} path of the other file
 * @param {string} call of a function that the other file exports, where that returns the functions: `.rare()`
 */
export const onFirstCall = (functions, path, call = '') => ({
  name: 'onFirstCall',
  setup: (build) => {
    const { onLoad, onResolve } = build;
    const origin = originOf(build, path, `require(${JSON.stringify(path)})${call}`);
    onResolve({ filter: /./, namespace: origin }, () => ({ path, external: true }));
    onResolve({ filter: /\?whole$/ }, ({ path: whole, resolveDir }) => ({
      path: resolve(resolveDir, whole.slice(0, -WHOLE.length)),
      suffix: WHOLE,
      sideEffects: false,
    }));
    onLoad({ filter: /\.ts$/ }, ({ path: module, suffix }) => {
      const names = functions.get(module);
      if (names === undefined) return undefined;
      // a name of its own hides the one of `export *`
      const all = `export * from ${JSON.stringify(`./${basename(module)}${WHOLE}`)};\n${functionsFrom(origin, names)}`;
      return { contents: suffix === WHOLE ? without(module, names) : all, loader: 'ts', resolveDir: dirname(module) };
    });
  },
});

/**
 * The same for a program that `inParts` splits: `part` is a module that exports the functions of others, and becomes a part.
 * Whole modules go there, since a module is in one file.
 */
export const partOnFirstCall = (part) => ({
  name: 'partOnFirstCall',
  setup: (build) => {
    const { onLoad, onResolve } = build;
    const functions = exportsFrom(part);
    const path = resolve(part);
    const origin = originOf(build, path, `import(${JSON.stringify(`./${basename(path)}`)}).${AT_ONCE}`);
    onResolve({ filter: /^[#.]/ }, async ({ path: name, importer, resolveDir, kind }) => {
      if (importer !== path) return undefined;
      const found = await build.resolve(name, { resolveDir, kind });
      return { path: found.path, suffix: WHOLE, sideEffects: false };
    });
    onLoad({ filter: /\.ts$/ }, ({ path: module, suffix }) => {
      const names = suffix === WHOLE ? undefined : functions.get(module);
      return names && { contents: functionsFrom(origin, names), resolveDir: dirname(module) };
    });
  },
});

/** Names a module that exports `later`, which makes a function of one of what `loaded` has once it is evaluated. */
function originOf({ onLoad, onResolve }, path, loaded) {
  // the names of parts and of variables follow from texts like this one, and must not from where the repository is
  const origin = `onFirstCall:${isAbsolute(path) ? relative('', path) : path}`;
  const contents = `let known; export const later = (name) => (...given) => (known ??= ${loaded})[name](...given);`;
  onResolve({ filter: new RegExp(`^${origin.replaceAll(/\W/g, '\\$&')}$`) }, () => ({
    path: 'later',
    namespace: origin,
  }));
  onLoad({ filter: /./, namespace: origin }, () => ({ contents, resolveDir: dirname(path) }));
  return origin;
}

/** The text of a module that exports such functions. */
const functionsFrom = (origin, names) =>
  [
    `import { later } from ${JSON.stringify(origin)};`,
    ...names.map((name) => `export const ${name} = /* @__PURE__ */ later(${JSON.stringify(name)});`),
  ].join('\n');

/** The text of a module without these functions: what is left of it calls them as other modules do. */
function without(module, names) {
  let text = readFileSync(module, 'utf8');
  for (const name of names) {
    const declaration = new RegExp(`^export ((?:async )?(?:function|const)) ${name}\\b`, 'm');
    if (!declaration.test(text)) throw new Error(`${module} has no function ${name}`);
    text = text.replace(declaration, `$1 its_${name}`);
  }
  return `import { ${names.join()} } from ${JSON.stringify(module)};\n${text}`;
}

/** The functions that a module exports from others, by the paths of those: `export { a, b } from '#core/x.ts';`. */
export function exportsFrom(module) {
  const { imports } = JSON.parse(readFileSync('package.json', 'utf8'));
  const rows = readFileSync(module, 'utf8').matchAll(/^export \{([^}]*)\} from '([^']+)';$/gm);
  const pathOf = (name) => name.replace(/^(#[a-z]+\/)(.*)$/, (_, room, file) => imports[`${room}*`].replace('*', file));
  return new Map(
    [...rows].map(([, names, from]) => [
      from.startsWith('#') ? resolve(pathOf(from)) : resolve(dirname(module), from),
      names.split(',').flatMap((name) => name.trim() || []),
    ]),
  );
}
