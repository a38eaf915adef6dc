import type { JSX } from 'preact';
import type { ViewModel } from '#protocol/viewModel.ts';
import { BallotList } from './ballotList.tsx';
import { CheckpointList } from './checkpointList.tsx';
import { LockList } from './lockList.tsx';
import { PipelineList } from './pipelineList.tsx';

/** How the workers of a session coordinate: votes, locks, checkpoints, the pipeline. Few sessions have any of them. */
export function Coordination({ view: { ballots, locks, checkpoints, pipeline } }: { view: ViewModel }): JSX.Element {
  return (
    <>
      <BallotList ballots={ballots} />
      <LockList locks={locks} />
      <CheckpointList checkpoints={checkpoints} />
      <PipelineList stages={pipeline} />
    </>
  );
}
