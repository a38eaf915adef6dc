import { appendFileSync, writeFileSync } from 'node:fs';

/** Writes a log as a long session makes one: mostly progress, some information, locks and votes, tool calls. */
export function writeSyntheticLog(file: string, events: number, workers = 20): void {
  const start = Date.UTC(2026, 0, 1);
  writeFileSync(file, `${JSON.stringify({ t: 'open', ts: start, format: 1, nonce: 'bench' })}\n`);
  let batch: string[] = [];
  for (let i = 0; i < events; i++) {
    const worker = `W${1 + (i % workers)}`;
    const ts = start + i * 50;
    const kind = i % 100;
    const event =
      kind < 80
        ? { t: 'progress', ts, worker, pct: i % 100, etaMs: 30_000, message: `row ${i} of ${events}` }
        : kind < 88
          ? { t: 'tool', ts, tool: 'Read', summary: `/project/src/file${i % 500}.ts` }
          : kind < 92
            ? {
                t: 'hook',
                ts,
                worker,
                event: 'PostToolUse',
                exit: 0,
                message: `${worker} has done part ${i}`,
                key: `part-${worker}`,
              }
            : kind < 94
              ? { t: 'acquire', ts, worker: `W${kind}`, resource: 'db', id: `a${i}`, wait: true, ttlMs: 60_000 }
              : kind < 96
                ? { t: 'release', ts, worker: `W${kind - 2}`, resource: 'db' }
                : kind < 98
                  ? { t: 'vote', ts, worker, decision: i % 3 === 0 ? 'abort' : 'proceed' }
                  : { t: 'checkpoint', ts, worker, name: `stage-${Math.floor(i / 100_000)}` };
    batch.push(`\n${JSON.stringify(event)}\n`);
    if (batch.length < 10_000) continue;
    appendFileSync(file, batch.join(''));
    batch = [];
  }
  appendFileSync(file, batch.join(''));
}
