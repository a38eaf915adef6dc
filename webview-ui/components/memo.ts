import { Component, h, type ComponentChild, type FunctionComponent } from 'preact';

/** Draws again only when a property differs by identity; with `reuse` this spares every row that did not change. */
export function memo<P extends object>(inner: FunctionComponent<P>): FunctionComponent<P> {
  class Memo extends Component<P> {
    override shouldComponentUpdate(next: P): boolean {
      return hasChanges(this.props, next as Record<string, unknown>);
    }
    override render(): ComponentChild {
      return h(inner, this.props);
    }
  }
  return Memo as unknown as FunctionComponent<P>;
}

/** Written for speed: it runs for every row of every snapshot. */
function hasChanges(before: Record<string, unknown>, after: Record<string, unknown>): boolean {
  for (const key in after) if (!Object.is(before[key], after[key])) return true;
  for (const key in before) if (!(key in after)) return true;
  return false;
}
