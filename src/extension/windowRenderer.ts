import * as vscode from 'vscode';
import type { ViewModel } from '#protocol/viewModel.ts';
import { Emitter } from '#extension/base/emitter.ts';
import { CONTEXT_KEYS } from '#extension/base/ids.ts';
import { nextViewChange, windowView, type WindowSources, type WindowView } from './windowView.ts';

/** Draws all surfaces of the window from one view, whenever something has changed or comes due. */
export class WindowRenderer {
  readonly #sources: WindowSources;
  readonly #rendered = new Emitter();
  readonly #contexts = new Map<string, boolean>();
  #view: WindowView | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** There is a new view. Surfaces draw in the order in which they have subscribed. */
  readonly onDidRender = this.#rendered.event;

  constructor(sources: WindowSources) {
    this.#sources = sources;
  }

  /** The window as it was last drawn. */
  get view(): WindowView {
    return (this.#view ??= windowView(this.#sources, Date.now()));
  }

  readonly render = (): void => {
    const { settings, replays, rules, hooksInstalled } = this.#sources;
    const now = Date.now();
    this.#view = windowView(this.#sources, now);
    this.#rendered.fire();
    const { views, selected, summary } = this.#view;
    this.#setContext(CONTEXT_KEYS.hasSession, views.length > 0);
    this.#setContext(CONTEXT_KEYS.hasBlocks, summary.blocks > 0);
    this.#setContext(CONTEXT_KEYS.replaying, replays.isOf(selected?.session));
    this.#setContext(CONTEXT_KEYS.rulesApproved, rules.approved);
    this.#setContext(CONTEXT_KEYS.hooksInstalled, hooksInstalled());
    this.#setContext(CONTEXT_KEYS.paused, selected?.view.session.paused === true);
    this.#scheduleRender(views, settings()['workers.silentSeconds'], now);
  };

  dispose(): void {
    clearTimeout(this.#timer);
  }

  #scheduleRender(views: readonly ViewModel[], silentSeconds: number, now: number): void {
    clearTimeout(this.#timer);
    const next = Math.min(
      ...views.filter((v) => v.session.live).map((view) => nextViewChange(view, silentSeconds) ?? Infinity),
    );
    if (next !== Infinity) this.#timer = setTimeout(this.render, Math.min(Math.max(1000, next - now), 0x7fff_ffff));
  }

  #setContext(key: string, value: boolean): void {
    if (this.#contexts.get(key) === value) return;
    this.#contexts.set(key, value);
    void vscode.commands.executeCommand('setContext', key, value);
  }
}
