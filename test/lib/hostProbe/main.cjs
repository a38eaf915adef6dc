/* eslint-disable */
// An extension that measures, in the extension host that it shares with all others, how long the event loop is held up; or a
// program before another one (`node --require`). It appends a line a second to the file PROBE_OUT, in ms: the longest delay
// since the line before it, and the longest one that the loop itself can have caused, since its thread used the processor for as
// long. The processor's time of the other threads, which collect garbage and compile beside it, holds up nothing.
exports.activate = () => {};
if (process.env.PROBE_OUT) {
  const { appendFileSync, readFileSync } = require('node:fs');
  const { monitorEventLoopDelay } = require('node:perf_hooks');
  const RESOLUTION_MS = 5;
  // how long the first thread has been on a processor; elsewhere than on Linux all threads of the process
  const threadMs = () => {
    try {
      return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
    } catch {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1000;
    }
  };
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  let at = performance.now();
  let cpu = threadMs();
  let busyMs = 0;
  // between two ticks: what is late beyond the timer, and no more than what this process has worked meanwhile
  const ticks = setInterval(() => {
    const now = performance.now();
    const used = threadMs();
    busyMs = Math.max(busyMs, Math.min(now - at - RESOLUTION_MS, used - cpu));
    [at, cpu] = [now, used];
  }, RESOLUTION_MS);
  const lines = setInterval(() => {
    const delayMs = Math.max(0, histogram.max / 1e6 - RESOLUTION_MS);
    const p99Ms = Math.max(0, histogram.percentile(99) / 1e6 - RESOLUTION_MS);
    histogram.reset();
    const line = { ts: Date.now(), pid: process.pid, delayMs, p99Ms, busyMs, rss: process.memoryUsage().rss };
    busyMs = 0;
    try {
      appendFileSync(process.env.PROBE_OUT, `${JSON.stringify(line)}\n`);
    } catch {}
  }, 1000);
  ticks.unref();
  lines.unref();
}
