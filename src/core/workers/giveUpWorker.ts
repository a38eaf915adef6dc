import type { NewEvent } from '#core/log/append.ts';
import type { Worker } from '#protocol/state.ts';
import { placementOf } from './placement.ts';

/**
 * What counts a worker as lost whose machine is not heard any more: its locks are free. Should that machine be heard again, the worker
 * comes back without them. Undefined where it runs on this machine, on which it can be aborted.
 * @param by a worker, `conductor` or `user`
 */
export function givenUp(
  dir: string,
  { id, machine }: Pick<Worker, 'id' | 'machine'>,
  by: string,
): NewEvent | undefined {
  if (machine === undefined || placementOf(dir).isHere({ machine })) return undefined;
  return { t: 'exit', worker: id, lost: true, reason: `given up by ${by}: ${machine} was not heard` };
}
