import * as vscode from 'vscode';
import { offerRing, type RingQuestionSources } from './ringQuestion.ts';

/** Offers once that Claude's own terminal rings, to a person who comes back and has been needed for a while. */
export class RingOffer {
  readonly #sources: RingQuestionSources;
  readonly #listener: vscode.Disposable;
  #leftMs: number | undefined;

  constructor(sources: RingQuestionSources) {
    this.#sources = sources;
    this.#listener = vscode.window.onDidChangeWindowState(({ focused }) => {
      const leftMs = this.#leftMs;
      this.#leftMs = focused ? undefined : (leftMs ?? Date.now());
      if (focused && leftMs !== undefined) void offerRing(this.#sources, leftMs, Date.now());
    });
  }

  dispose(): void {
    this.#listener.dispose();
  }
}
