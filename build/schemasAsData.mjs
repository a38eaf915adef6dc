// An esbuild plugin: the schemas and the lists of events and hook events are data in the shipped programs. The build runs
// their modules and puts their exports in their place, so that no program loads zod, or the rows behind the lists.
import * as esbuild from 'esbuild';
import { resolve } from 'node:path';

export const schemasAsData = {
  name: 'schemasAsData',
  setup: (build) =>
    build.onLoad({ filter: /[/\\]protocol[/\\](schemas|eventTraits|hookEvents)\.ts$/ }, async ({ path }) => {
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
 * The text of a module that exports values: equal parts are written once, and schemas with the same keywords are made by
 * one function, so that their keywords are written once, too.
 */
function asModule(values) {
  const uses = new Map();
  const add = (key) => uses.set(key, (uses.get(key) ?? 0) + 1).get(key);
  const count = (value) => {
    if (typeof value !== 'object' || value === null || add(JSON.stringify(value)) > 1) return;
    if (typeof value.type === 'string') add(signature(value));
    Object.values(value).forEach(count);
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
    const name = signature(value);
    // properties have names of their own
    if (typeof value.type !== 'string' || uses.get(name) === 1)
      return `{${keys.map((key) => `${JSON.stringify(key)}:${write(value[key])}`).join()}}`;
    const leading = requiresLeading(value);
    const parameters = keys.filter((key) => key !== 'type');
    if (!makers.has(name)) {
      makers.set(name, `make${makers.size}`);
      const required = leading ? 'Object.keys(_properties).slice(0,_required)' : '_required';
      const fields = parameters.map((key) => `${key}:${key === 'required' ? required : `_${key}`}`);
      const object = [`type:${JSON.stringify(value.type)}`, ...fields].join();
      lines.push(`const ${makers.get(name)} = (${parameters.map((key) => `_${key}`).join()}) => ({${object}});`);
    }
    const args = parameters.map((key) => (key === 'required' && leading ? value.required.length : write(value[key])));
    return `/* @__PURE__ */ ${makers.get(name)}(${args.join()})`;
  };
  const exported = Object.entries(values).map(([name, value]) => `export const ${name} = ${literal(value)};`);
  return [...lines, ...exported].join('\n');
}

/** The keywords of a schema: schemas with the same ones are made by the same function. */
const signature = (schema) => `${schema.type}(${Object.keys(schema).join()})${requiresLeading(schema)}`;

/** Whether the required properties of a schema are its first ones, so that their number identifies them. */
const requiresLeading = ({ properties = {}, required = [] }) =>
  required.length > 0 && required.join() === Object.keys(properties).slice(0, required.length).join();
