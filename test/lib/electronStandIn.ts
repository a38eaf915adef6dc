import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * An executable in `dir` that behaves like an editor's own: without ELECTRON_RUN_AS_NODE=1 it opens a window, that is,
 * ends with exit code 77; with it, it is Node, with the `process` properties of Electron.
 */
export function electronStandIn(dir: string, node: string = process.execPath): string {
  mkdirSync(dir, { recursive: true });
  const program = join(dir, 'code helper');
  const preload = join(dir, 'preload.cjs');
  writeFileSync(
    preload,
    `Object.defineProperty(process, 'execPath', { value: ${JSON.stringify(program)} });
Object.defineProperty(process, 'versions', { value: { ...process.versions, electron: '37.0.0' } });
`,
  );
  writeFileSync(
    program,
    `#!/bin/sh
if [ "\${ELECTRON_RUN_AS_NODE-}" != 1 ]; then echo "a window opens" >&2; exit 77; fi
exec '${node}' --require '${preload}' "$@"
`,
    { mode: 0o755 },
  );
  return program;
}
