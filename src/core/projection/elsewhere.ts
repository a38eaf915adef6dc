import type { SessionLink } from '#core/machines/sessionLink.ts';
import { USER } from '#protocol/ids.ts';
import type { SessionState } from '#protocol/state.ts';

/** The machine of an agent, where that is another one than this. */
export type Elsewhere = (agent: string) => string | undefined;

/** Of an agent that has no machine of its own the session's seat is the machine. Without a link the log's word counts. */
export const elsewhereIn =
  ({ workers }: Pick<SessionState, 'workers'>, link: SessionLink | undefined): Elsewhere =>
  (agent) => {
    const machine = agent === USER ? undefined : (workers.get(agent)?.machine ?? link?.seat);
    return machine === link?.machine ? undefined : machine;
  };

/** When a machine was heard last, epoch ms, where it is not heard at present; 0 where it never was. Pure. */
export function awaySince(link: SessionLink | undefined, machine: string | undefined): number | undefined {
  if (link === undefined || machine === undefined || link.machines.includes(machine)) return undefined;
  return link.heard[machine] ?? 0;
}
