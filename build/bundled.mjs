// The packages of which something is in the shipped programs, as esbuild reports it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const PACKAGE = /^(.*\bnode_modules\/((?:@[^/]+\/)?[^/]+))\//;

/**
 * By name: where the package is, its version and licence, the bytes of it in the shipped programs, by program, and what of Node it
 * imports. The code of a package that several programs share is in each of them.
 * @param metafiles of esbuild, by the name of the build
 * @returns {Map<string, { folder: string, version: string, license: string, bytes: Map<string, number>, imports: Set<string> }>}
 */
export function bundledPackages(metafiles) {
  const packages = new Map();
  for (const { inputs: sources, outputs } of metafiles)
    for (const [program, { inputs }] of Object.entries(outputs))
      for (const [file, { bytesInOutput }] of Object.entries(inputs)) {
        const [, folder, name] = PACKAGE.exec(file) ?? [];
        if (folder === undefined || bytesInOutput === 0) continue;
        const found = packages.get(name) ?? newPackage(folder);
        packages.set(name, found);
        found.bytes.set(program, (found.bytes.get(program) ?? 0) + bytesInOutput);
        for (const { path } of sources[file].imports) {
          const [, builtin] = /^(?:builtin:)?(?:node:)?([a-z_]+(?:\/[a-z]+)?)$/.exec(path) ?? [];
          if (builtin !== undefined) found.imports.add(builtin);
        }
      }
  return new Map([...packages].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function newPackage(folder) {
  const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return { folder, version, license, bytes: new Map(), imports: new Set() };
}

/** The package of the icons, whose drawings are in the pages: no code of it is bundled. */
export const ICONS = 'node_modules/@vscode/codicons';
