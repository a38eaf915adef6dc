// An esbuild plugin for programs that must start at once: some of Node's own modules take milliseconds to load, so a
// function of theirs loads its module when it is first called. Only for modules of which functions alone are used.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const SLOW = ['crypto', 'child_process', 'os', 'readline', 'readline/promises', 'timers/promises'];

export const lazyBuiltins = {
  name: 'lazyBuiltins',
  setup: (build) => {
    build.onResolve({ filter: /^node:/ }, ({ path, namespace }) =>
      namespace !== 'lazy' && SLOW.includes(path.slice(5)) ? { path, namespace: 'lazy' } : { path, external: true },
    );
    build.onLoad({ filter: /^node:/, namespace: 'lazy' }, ({ path }) => ({ contents: onDemand(path) }));
  },
};

const onDemand = (module) =>
  Object.entries(require(module))
    .map(([name, value]) =>
      typeof value === 'function'
        ? `export function ${name}(...given) { return require("${module}").${name}(...given); }`
        : `export const ${name} = /* @__PURE__ */ (() => require("${module}").${name})();`,
    )
    .join('\n');
