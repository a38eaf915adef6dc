import { writesAround } from '../src/core/answer/writesAround.ts';
import { CONDUCTOR } from '../src/protocol/ids.ts';
import { closeAsks } from './asks.ts';
import type { Visit } from './visit.ts';

/** What a call that has run tells: that its permission was given, and what it wrote past a lock. */
export function tellOfCall(visit: Visit): void {
  closeAsks(visit);
  tellWritesAround(visit);
}

/** What a shell wrote past a lock could not be refused: it is shown. */
function tellWritesAround(visit: Visit): void {
  for (const { block, path } of writesAround(visit.state, visit.moment(), visit.around.now()))
    visit.say({
      t: 'log',
      level: 'warn',
      worker: visit.agent,
      message: `${visit.agent === CONDUCTOR ? 'Claude' : visit.agent} wrote ${path} in a shell although ${block.worker} holds it (${block.id})`,
    });
}
