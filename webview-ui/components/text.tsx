import type { JSX } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { plainText, shortText } from './plainText.ts';
import { useRowTabIndex } from './rovingList.tsx';
import { strings } from '#webview/host/strings.ts';

interface TextProps {
  text: string;
  class?: string;
}

/** A short piece of text that somebody else wrote: always a text node, isolated from the direction of its surroundings. */
export function UserText({ text, class: classes }: TextProps): JSX.Element {
  return (
    <bdi class={classes} title={text.length > 40 ? shortText(text, 600) : undefined}>
      {shortText(text)}
    </bdi>
  );
}

/** A text of any length that somebody else wrote: what is too long for a row is cut, with a way to see it all. */
export function ExpandableText(props: TextProps): JSX.Element {
  return props.text.length > MAX_INLINE_CHARS ? <LongText {...props} /> : <UserText {...props} />;
}

/** So much of a text stands in a row without further ado. */
const MAX_INLINE_CHARS = 300;

/** Beyond this a text is cut before it is laid out at all. */
const MAX_FOLDED_CHARS = 1500;

/** The whole of a text, cut to a few lines until the person wants it all. */
export function LongText({ text, class: classes }: TextProps): JSX.Element {
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
      <div ref={body} dir="auto" class={open ? 'long-text' : 'long-text folded'}>
        {open ? plainText(text) : shortText(text, MAX_FOLDED_CHARS)}
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
