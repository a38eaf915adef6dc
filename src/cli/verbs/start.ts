import { insideClaude, print, publishAndRefresh, writableLogOf } from '#cli/caller.ts';
import { EXIT, refused } from '#cli/exit.ts';
import { supervise } from '#cli/supervise.ts';
import type { Verb } from '#cli/verb.ts';
import { definedFields, arg } from '#cli/args.ts';
import { USER } from '#protocol/ids.ts';

/** A person's word about planned workers that wait for it. */
export const start: Verb = {
  name: 'start',
  summary: 'Let the workers of a run start that waits for your word, or not',
  usage: 'R1 [--refuse] [--word TEXT]',
  options: {
    refuse: { type: 'boolean', help: 'none of them is to start' },
    word: { type: 'string', value: 'TEXT', help: 'what Claude is told with it' },
  },
  examples: ['fermata start R1', 'fermata start R1 --refuse --word "do it yourself"'],
  notes: ['Prompts ask like this with the setting fermata.spawn at "ask".'],
  run: (call) => {
    const run = arg(call, 'a run, such as R1,');
    if (insideClaude(call.io)) throw refused('only a person may say so: do it in the panel or in your own terminal');
    const log = writableLogOf(call);
    const known = log.state.runs.get(run);
    if (known === undefined) throw refused(`there is no run ${run}`);
    if (known.asks === undefined) throw refused(`${run} does not wait for anybody's word (any more)`);
    const decision = call.flag('refuse') ? 'refuse' : 'start';
    const { workers } = known;
    publishAndRefresh(call, log, {
      t: 'consent',
      run,
      decision,
      by: USER,
      ...definedFields({ word: call.text('word') }),
    });
    supervise(call, log);
    const label = `${run}: ${workers.join(', ')}`;
    print(call, decision === 'start' ? `started ${label}` : `not started ${label}`, {
      ok: true,
      run,
      decision,
      workers,
    });
    return EXIT.ok;
  },
};
