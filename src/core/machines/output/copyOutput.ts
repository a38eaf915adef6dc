import type { SessionState } from '#protocol/state.ts';
import { exists } from '#core/base/files/facts.ts';
import { workerPaths } from '#core/base/paths.ts';
import { keepResults } from './keptResults.ts';
import { ResultsOut } from './resultsOut.ts';
import type { SharedSession } from '#core/machines/shared.ts';
import { subjectText } from '#core/machines/subjects.ts';
import { parseRequest, pieceOf } from './workerOutput.ts';

/** So many pieces are sent in a second at most. */
const MAX_PIECES = 200;

interface CopyOutputOptions extends SharedSession {
  seat: string;
  state: () => SessionState;
}

/** What workers of this machine print and leave, for the seat of their session. */
export class CopyOutput {
  readonly #options: CopyOutputOptions;
  readonly results: ResultsOut;
  #sent = { second: 0, pieces: 0 };

  constructor(options: CopyOutputOptions) {
    this.#options = options;
    this.results = new ResultsOut(options, options.seat);
  }

  /** Called each second. Throws the system's error. */
  tick(): void {
    const { dir, machine, state, maxResultBytes, clock } = this.#options;
    // a runner that was killed kept nothing
    for (const { id, machine: of, state: how } of state().workers.values())
      if (of === machine && how === 'lost' && exists(workerPaths(dir, id).out))
        keepResults(dir, id, { maxBytes: maxResultBytes(), now: clock.now() });
    this.results.tick();
  }

  /** Answers what the seat wants to have of the output of a worker of this machine; of others nothing. Throws the system's error. */
  answer(text: string): void {
    const { dir, seat, session, space, machine, link, clock, state } = this.#options;
    const request = parseRequest(text);
    if (request === undefined || state().workers.get(request.worker)?.machine !== machine) return;
    const second = Math.floor(clock.now() / 1000);
    if (this.#sent.second !== second) this.#sent = { second: second, pieces: 0 };
    // it is requested again
    if (++this.#sent.pieces > MAX_PIECES) return;
    const subject = subjectText(space, { kind: 'piece', seat, session, machine });
    link.send(subject, JSON.stringify(pieceOf(dir, request)));
  }
}
