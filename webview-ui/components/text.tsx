import type { JSX } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { strings } from '#webview/host/strings.ts';
import { visibleText } from '#protocol/hiddenText.ts';
import { plainText, shortText } from './plainText.ts';
import { useRowTabIndex } from './rovingList.tsx';

interface TextProps {
  text: string;
  class?: string;
}

/** A short text from a log: always a text node, and its writing direction does not affect the text around it. */
export function UserText({ text, class: classes }: TextProps): JSX.Element {
  return (
    <bdi class={classes} title={text.length > 40 ? shortText(text, 600) : undefined}>
      {shortText(text)}
    </bdi>
  );
}

/** A text of any length from a log. A text that is too long for a row is cut, with a button that shows all of it. */
export function ExpandableText(props: TextProps): JSX.Element {
  return props.text.length > MAX_INLINE_CHARS ? <LongText {...props} /> : <UserText {...props} />;
}

/** Up to this length a text is shown in full. */
const MAX_INLINE_CHARS = 300;

/** Beyond this a folded text is cut before the browser lays it out. */
const MAX_FOLDED_CHARS = 1500;

/** A text that is folded to a few lines until the person opens it. `exact`: not even terminal colours are left out. */
export function LongText({ text, class: classes, exact = false }: TextProps & { exact?: boolean }): JSX.Element {
  const show = exact ? visibleText : plainText;
  const [open, setOpen] = useState(false);
  const [cut, setCut] = useState(text.length > MAX_FOLDED_CHARS);
  const body = useRef<HTMLDivElement>(null);
  const tabIndex = useRowTabIndex();
  useLayoutEffect(() => {
    const element = body.current;
    if (element === null || open) return undefined;
    const measure = (): void =>
      setCut(text.length > MAX_FOLDED_CHARS || element.scrollHeight > element.clientHeight + 1);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [text, open]);
  return (
    <div class={classes}>
      <div ref={body} dir="auto" class={open ? 'long-text' : 'long-text folded clamped'}>
        {open ? show(text) : shortText(text, MAX_FOLDED_CHARS, show)}
      </div>
      {(cut || open) && (
        <button
          type="button"
          class="button link"
          data-toggle="text"
          aria-expanded={open}
          tabIndex={tabIndex}
          onClick={() => setOpen(!open)}
        >
          {open ? strings.showLess : strings.showAll}
        </button>
      )}
    </div>
  );
}
