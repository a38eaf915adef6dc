import type { SessionState } from '#protocol/state.ts';
import type { ProofView } from '#protocol/viewModel.ts';
import { isProven, provableOf } from '#core/fold/provable.ts';
import type { Wording } from './wording.ts';

/** The awaited commands, each with what was seen of it. */
export const proofViews = (state: SessionState, awaited: Iterable<string>, wording: Wording): ProofView[] =>
  [...awaited].map((of) => proofView(state, of, wording));

function proofView(state: SessionState, of: string, { texts }: Wording): ProofView {
  const { command = of, covers = [] } = provableOf(of) ?? {};
  const { run, hidden, edited, running } = state.proofs.get(of) ?? {};
  const { proof } = texts;
  const view = (kind: ProofView['state'], text: string, at?: { pos: number; ts: number; tree?: string }): ProofView => {
    const receipt = at && { pos: at.pos, ts: at.ts, ...(at.tree === undefined ? {} : { tree: at.tree }) };
    return {
      of,
      command,
      ...(covers.length === 0 ? {} : { covers: covers.join(', ') }),
      state: kind,
      text,
      ...(receipt && { receipt }),
    };
  };
  if (isProven(state, of)) return view('shown', proof.shown, run);
  if (running !== undefined) return view('running', proof.running);
  if (hidden !== undefined && hidden.pos > (run?.pos ?? -1)) return view('notShown', proof.hidden, hidden);
  if (run === undefined) return view('notShown', proof.unseen);
  if (run.code !== 0) return view('notShown', run.code < 0 ? proof.error : proof.failed(run.code), run);
  if (run.mixed === true) return view('notShown', proof.mixed, run);
  return view('notShown', edited?.path === undefined ? proof.changed : proof.edited(edited.path), run);
}
