import { createContext, type ComponentChildren, type JSX } from 'preact';
import { useContext, useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import type { Intent } from '#protocol/messages.ts';
import { Button } from '#webview/components/button.tsx';
import { Icon } from '#webview/components/icon.tsx';
import { useRedraw } from '#webview/host/memo.ts';
import { usePanelActions } from '#webview/host/panelActions.ts';
import { keepPlaces } from './keepPlaces.ts';

/** How long an answered item keeps its place. */
const KEPT_MS = 5000;

/** What a person has answered just now. */
interface Receipt {
  text: string;
  undo?: Undo | undefined;
}

/** Takes an answer back, as far as that is possible. */
interface Undo {
  intent: Intent;
  text: string;
  /** The whole sentence. */
  label: string;
  /** The receipt of that. */
  done: string;
}

/** The receipts of the items that were answered a moment ago, by the key of their row. */
class Receipts {
  readonly #receipts = new Map<string, Receipt>();
  readonly #listeners = new Set<() => void>();

  get(key: string): Receipt | undefined {
    return this.#receipts.get(key);
  }

  add(key: string, receipt: Receipt): void {
    this.#receipts.set(key, receipt);
    this.#changed();
    window.setTimeout(() => {
      if (this.#receipts.get(key) !== receipt) return;
      this.#receipts.delete(key);
      this.#changed();
    }, KEPT_MS);
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #changed(): void {
    for (const each of this.#listeners) each();
  }
}

const ReceiptsContext = createContext(new Receipts());

function useReceipts(): Receipts {
  const receipts = useContext(ReceiptsContext);
  const redraw = useRedraw();
  useEffect(() => receipts.subscribe(redraw), [receipts]);
  return receipts;
}

/** The items of a list, with those in their old places that were answered a moment ago. */
export function useKept<T>(items: readonly T[], keyOf: (item: T) => string): readonly T[] {
  const receipts = useReceipts();
  const shown = useRef<readonly T[]>([]);
  shown.current = keepPlaces(shown.current, items, keyOf, (key) => receipts.get(key) !== undefined);
  return shown.current;
}

/** Returns a function that sends the answer to an item, and leaves a receipt in its place. */
export function useAnswer(key: string): (intent: Intent, text: string, undo?: Receipt['undo']) => void {
  const { run } = usePanelActions();
  const receipts = useContext(ReceiptsContext);
  return (intent, text, undo) => {
    run(intent);
    receipts.add(key, { text, undo });
  };
}

interface AnswerProps {
  /** The key of the item's row. */
  of: string;
  /** The buttons, while it is not answered. */
  children: ComponentChildren;
}

/** The buttons of an item, and in their place the receipt once it is answered: as high, so that nothing moves below. */
export function Answer({ of, children }: AnswerProps): JSX.Element {
  const receipt = useReceipts().get(of);
  const box = useRef<HTMLDivElement>(null);
  const height = useRef(0);
  useLayoutEffect(() => {
    if (receipt === undefined) height.current = box.current?.offsetHeight ?? 0;
  });
  return (
    <div ref={box} class="answer" style={receipt && { minHeight: `${height.current}px` }}>
      {receipt === undefined ? children : <ReceiptLine of={of} receipt={receipt} />}
    </div>
  );
}

function ReceiptLine({ of, receipt: { text, undo } }: { of: string; receipt: Receipt }): JSX.Element {
  const answer = useAnswer(of);
  return (
    <div class="receipt" data-receipt={of}>
      <Icon name="check" tone="good" />
      {text}
      {undo && (
        <Button
          action="undo"
          variant="link"
          text={undo.text}
          label={undo.label}
          onRun={() => answer(undo.intent, undo.done)}
        />
      )}
    </div>
  );
}
