// The nine patterns in JavaScript: patterns.mjs STEP. Each step is what one worker does at one moment of patterns.test.ts.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const f = await import(join(process.env.FERMATA_HOME, 'clients', 'worker.mjs'));
const w = f.workerId;
const out = join(process.env.FERMATA_OUT, 'merged.txt');
const vote = (decision) => () => f.vote(decision, { ballot: 'ship', reason: `says ${w}` });

const steps = {
  // 1: worker-driven synchronisation
  load: () =>
    f.block(`${w} has already loaded data1.csv into memory`, { tool: 'Read', path: 'data1.csv', key: 'load' }),
  async finish() {
    writeFileSync(out, `merged by ${w}\n`);
    await f.unblock();
    await f.inform(`${w} complete: data1.csv processed, 10M rows analyzed`);
    await f.rewrite({ tool: 'Bash', command: 'cat placeholder*' }, { command: `cat ${out}` });
  },
  // 2: pacing
  async pace() {
    await f.progress(60, { etaMs: 30_000 });
    await f.block('Benchmark still running, 60% complete, ETA 30s', { tool: 'Bash', key: 'pace' });
  },
  async measured() {
    await f.unblock();
    await f.inform('Module A: 1.2s avg, 0.1s stddev');
  },
  // 4: checkpoint synchronisation
  async checkpoint() {
    await f.checkpoint('schema-loaded', { data: { tables: 4 } });
    const hookSpecificOutput = { additionalContext: `Worker ${w} reached schema-loaded`, data: { tables: 4 } };
    await f.invokeHook({ event: 'PostToolUse', jsonOutput: { hookSpecificOutput }, exitCode: 0 });
  },
  // 5: blocks until ready
  async guard() {
    if (!(await f.allWorkersReady()))
      await f.block('Workers still processing: {workers}', { command: 'git merge*', until: 'done:W1' });
  },
  // 7: pipeline
  async handoff() {
    await f.appendEvent({ t: 'done', task: 'extract' });
    await f.handoff('W2', { task: 'transform', data: { file: 'a.parquet' } });
    const hookSpecificOutput = { additionalContext: 'Pipeline: extract → transform ready' };
    await f.invokeHook({ event: 'PostToolUse', jsonOutput: { hookSpecificOutput } });
  },
  async receive() {
    const [message] = await f.inbox({ wait: '10s' });
    await f.progress(undefined, { message: `${message.task}s ${message.data.file}` });
  },
  // 8: voting
  proceed: vote('proceed'),
  abort: vote('abort'),
  // 9: resources
  take: () => f.acquire('db'),
  async want() {
    if ((await f.acquire('db')) !== undefined) return;
    const reason = `Resource db in use by ${await f.currentHolder('db')}`;
    await f.block(reason, { command: 'migrate*', until: 'free:db' });
  },
  give: () => f.release('db'),
  // 6: failure escalation
  async critical() {
    const reason = `Worker ${w} critical failure: checksum mismatch`;
    await f.invokeHook({ event: 'Stop', jsonOutput: { decision: 'block', reason }, exitCode: 2 });
    process.exitCode = 1;
  },
  // 3: error escalation
  async deploy() {
    try {
      await f.wait('ok:W7');
    } catch (error) {
      if (error.code !== 1) throw error;
      await f.block('Production deployment blocked: prerequisite environments failed', { at: 'Stop' });
    }
  },
};
await steps[process.argv[2]]();
