// A reporter of StrykerJS in the process of run.mjs: what has become of each mutant so far, for a run that ends early.
import { declareClassPlugin, PluginKind } from '@stryker-mutator/api/plugin';

/** The mutants of each file that are still to be tried, and the results of the others. */
export const progress = { waiting: new Map(), results: [] };

class Progress {
  onMutationTestingPlanReady({ mutantPlans }) {
    progress.waiting.clear();
    progress.results = [];
    for (const { mutant } of mutantPlans)
      progress.waiting.set(mutant.fileName, (progress.waiting.get(mutant.fileName) ?? 0) + 1);
  }

  onMutantTested(result) {
    progress.results.push(result);
    progress.waiting.set(result.fileName, (progress.waiting.get(result.fileName) ?? 1) - 1);
  }
}

export const strykerPlugins = [declareClassPlugin(PluginKind.Reporter, 'progress-so-far', Progress)];
