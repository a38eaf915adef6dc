import type { JSX } from 'preact';
import type { ViewModel } from '#protocol/viewModel.ts';
import { BallotList } from './ballotList.tsx';
import { CheckpointList } from './checkpointList.tsx';
import { LockList } from './lockList.tsx';
import { MergeList } from './mergeList.tsx';
import { PipelineList } from './pipelineList.tsx';
import { ProofList } from './proofList.tsx';

/** How the workers of a session coordinate: votes, locks, checkpoints, proofs, merges, the pipeline. Few sessions have any of them. */
export function Coordination({
  view: { ballots, locks, checkpoints, proofs = [], merges = [], pipeline },
}: {
  view: ViewModel;
}): JSX.Element {
  return (
    <>
      <BallotList ballots={ballots} />
      <LockList locks={locks} />
      <CheckpointList checkpoints={checkpoints} />
      <ProofList proofs={proofs} />
      <MergeList merges={merges} />
      <PipelineList stages={pipeline} />
    </>
  );
}
