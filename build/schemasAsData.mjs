// An esbuild plugin: what programs need of the zod schemas is data in what is shipped. `schemas.ts` and `eventTraits.ts` of
// src/protocol are run while building, and what they export takes their place, so that no program loads zod.
import * as esbuild from 'esbuild';
import { resolve } from 'node:path';

export const schemasAsData = {
  name: 'schemasAsData',
  setup: (build) =>
    build.onLoad({ filter: /[/\\]protocol[/\\](schemas|eventTraits)\.ts$/ }, async ({ path }) => {
      const { outputFiles, metafile } = await esbuild.build({
        entryPoints: [path],
        bundle: true,
        platform: 'node',
        format: 'esm',
        write: false,
        metafile: true,
      });
      const values = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].text).toString('base64')}`);
      return {
        contents: asModule(values),
        loader: 'js',
        watchFiles: Object.keys(metafile.inputs).map((file) => resolve(file)),
      };
    }),
};

/**
 * Values as the text of a module that exports them: equal parts are written once, and what is of one kind is made by
 * one function, so that its keys are written once, too.
 */
function asModule(values) {
  const uses = new Map();
  const count = (value) => {
    if (typeof value !== 'object' || value === null) return;
    const text = JSON.stringify(value);
    uses.set(text, (uses.get(text) ?? 0) + 1);
    if (uses.get(text) === 1) Object.values(value).forEach(count);
  };
  Object.values(values).forEach(count);

  const [makers, parts, lines] = [new Map(), new Map(), []];
  const write = (value) => {
    if (typeof value !== 'object' || value === null) return JSON.stringify(value);
    const text = JSON.stringify(value);
    if (uses.get(text) === 1) return literal(value);
    if (!parts.has(text)) {
      const line = `= ${literal(value)};`;
      parts.set(text, `part${parts.size}`);
      lines.push(`const ${parts.get(text)} ${line}`);
    }
    return parts.get(text);
  };
  const literal = (value) => {
    if (Array.isArray(value)) return `[${value.map(write).join()}]`;
    const keys = Object.keys(value);
    // fields have names of their own
    if (!('is' in value)) return `{${keys.map((key) => `${JSON.stringify(key)}:${write(value[key])}`).join()}}`;
    const [, ...parameters] = keys;
    const name = `${value.is}(${parameters.join()})`;
    if (!makers.has(name)) {
      makers.set(name, `make${makers.size}`);
      const object = [`is:${JSON.stringify(value.is)}`, ...parameters].join();
      lines.push(`const ${makers.get(name)} = (${parameters.join()}) => ({${object}});`);
    }
    return `/* @__PURE__ */ ${makers.get(name)}(${parameters.map((key) => write(value[key])).join()})`;
  };
  const exported = Object.entries(values).map(([name, value]) => `export const ${name} = ${literal(value)};`);
  return [...lines, ...exported].join('\n');
}
