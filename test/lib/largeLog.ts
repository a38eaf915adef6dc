import { closeSync, openSync, writeSync } from 'node:fs';
import { nonce } from '#core/base/nonce.ts';

/** Appends lines as a long session has them to a log, until it has about that many bytes. Returns the number of lines. */
export function growLog(path: string, bytes: number): number {
  const fd = openSync(path, 'a');
  let written = 0;
  let n = 0;
  while (written < bytes) {
    let text = '';
    for (let i = 0; i < 2000; i++, n++) text += `${JSON.stringify(lineOf(n))}\n`;
    written += writeSync(fd, text);
  }
  closeSync(fd);
  return n;
}

function lineOf(n: number): object {
  const worker = `W${n % 200}`;
  const ts = 1_790_000_000_000 + 10 * n;
  switch (n % 20) {
    case 0:
      return { t: 'hook', worker, event: 'PreToolUse', exit: 2, message: `block ${n} ${'x'.repeat(300)}`, ts };
    case 1:
      return { t: 'unblock', block: 'all', by: 'user', ts };
    case 2:
      return { t: 'ask', ask: `a${n}`, tool: 'Bash', summary: `npm run build-${n} ${'y'.repeat(200)}`, ts };
    case 3:
      return { t: 'answer', ask: `a${n - 1}`, decision: 'allow', by: 'user', ts };
    case 4:
      return { t: 'tool', tool: 'Read', summary: `/home/alice/projects/file${n}.ts`, ts };
    default:
      return { t: 'progress', worker, pct: n % 100, message: `file ${n} of many`, id: nonce(), ts };
  }
}
