// The examples of the project's founding document in JavaScript, with the same names.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const client = await import(join(process.env.FERMATA_HOME, 'clients', 'worker.mjs'));
const { append_event, Event, invoke_hook, read_votes_from_events, all_workers_ready } = client;
const { resource_in_use, current_holder, worker_id } = client;
const [example, decision] = process.argv.slice(2);
const [my_task, next_task, required_quorum] = ['extract', 'transform', 2];

const examples = {
  worker_block_conductor() {
    const args = ['--event', 'PostToolUse', '--exit-code', '2', '--stderr'];
    execFileSync('claude-code-hook', [...args, 'Worker W1 still processing, please wait...']);
  },
  checkpoint: () =>
    invoke_hook({
      event: 'PostToolUse',
      json_output: {
        hookSpecificOutput: { additionalContext: `Worker ${worker_id} reached schema-loaded`, data: { tables: 4 } },
      },
      exit_code: 0,
    }),
  async worker_guard_merge() {
    if (!(await all_workers_ready()))
      await invoke_hook({
        event: 'PreToolUse',
        stderr: 'Workers still processing: W1(80%), W2(done), W3(45%)',
        exit_code: 2,
      });
  },
  critical: () =>
    invoke_hook({
      event: 'Stop',
      json_output: { decision: 'block', reason: `Worker ${worker_id} critical failure: checksum mismatch` },
      exit_code: 2,
    }),
  async worker_pipeline_handoff() {
    await append_event(Event({ t: 'done', task: my_task }));
    await invoke_hook({
      event: 'PostToolUse',
      json_output: { hookSpecificOutput: { additionalContext: `Pipeline: ${my_task} → ${next_task} ready` } },
    });
  },
  async worker_consensus() {
    await append_event(Event({ t: 'vote', worker: worker_id, decision }));
    const votes = await read_votes_from_events();
    if (votes.length < required_quorum) return;
    const count = (option) => votes.filter((vote) => vote === option).length;
    if (count('proceed') > count('abort'))
      await invoke_hook({ event: 'PostToolUse', msg: 'Consensus: proceed', exit_code: 0 });
    else await invoke_hook({ event: 'Stop', msg: 'Consensus: abort', exit_code: 2 });
  },
  async resource() {
    if (await resource_in_use('db'))
      await invoke_hook({
        event: 'PreToolUse',
        stderr: `Resource db in use by ${await current_holder('db')}`,
        exit_code: 2,
      });
    else await append_event(Event({ t: 'acquire', resource: 'db', worker: worker_id }));
  },
};
await examples[example]();
