import { statSync } from 'node:fs';
import { join } from 'node:path';
import { repoRoot } from '../lib/runtimes.ts';
import { print } from './figure.ts';

/** Sizes of what is shipped, in KB. */
export function sizeBench(): void {
  for (const [name, file, limit] of [
    ['size-extension', 'dist/extension.js', 150],
    ['size-hook', 'dist/hooks/hook.cjs', 60],
    ['size-webview', 'dist/webview/panel.js', 60],
  ] as const) {
    const value = Math.round(statSync(join(repoRoot, file)).size / 1000);
    print({ name, value, unit: 'KB', limit, ok: value <= limit });
  }
}
