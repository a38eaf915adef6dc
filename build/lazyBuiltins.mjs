// An esbuild plugin for programs that must start at once. Some of Node's own modules take milliseconds to load, so each of
// their functions loads its module at the first call. The others are loaded once a program, and not once for each file of
// the source that imports them.
import { createRequire } from 'node:module';
import { promisify } from 'node:util';

const require = createRequire(import.meta.url);
/** Modules of which the source uses nothing but functions. */
const SLOW = ['crypto', 'child_process', 'os', 'readline', 'readline/promises', 'timers/promises', 'fs/promises'];
/** Loaded by Node itself before any program. */
const QUICK = ['fs', 'path', 'buffer'];

export const lazyBuiltins = {
  name: 'lazyBuiltins',
  setup: (build) => {
    build.onResolve({ filter: /^node:/ }, ({ path, namespace }) =>
      namespace !== 'builtin' && [...SLOW, ...QUICK].includes(path.slice(5))
        ? { path, namespace: 'builtin' }
        : { path, external: true },
    );
    build.onLoad({ filter: /^node:/, namespace: 'builtin' }, ({ path }) => ({
      contents: QUICK.includes(path.slice(5)) ? atOnce(path) : onDemand(path),
    }));
  },
};

const onDemand = (module) =>
  [
    // an editor has wrapped require(), which takes a tenth of a millisecond there
    `let known; const its = () => (known ??= require("${module}"));`,
    ...Object.entries(require(module)).map(([name, value]) => {
      const one = `its().${name}`;
      if (typeof value !== 'function') return `export const ${name} = /* @__PURE__ */ (() => ${one})();`;
      if (value[promisify.custom] === undefined)
        return `export function ${name}(...given) { return ${one}(...given); }`;
      // such a function has a promise of its own, which gives more than promisify() would
      const promised = `(...given) => require("node:util").promisify(${one})(...given)`;
      const custom = `{ [Symbol.for('nodejs.util.promisify.custom')]: ${promised} }`;
      return `export const ${name} = /* @__PURE__ */ Object.assign((...given) => ${one}(...given), ${custom});`;
    }),
  ].join('\n');

const atOnce = (module) =>
  [
    `const module = require("${module}");`,
    ...Object.keys(require(module)).map((name) => `export const ${name} = /* @__PURE__ */ (() => module.${name})();`),
  ].join('\n');
