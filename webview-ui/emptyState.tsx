import type { JSX } from 'preact';
import type { PanelState } from '../src/protocol/messages.ts';
import { Button } from './button.tsx';
import { useAsking } from './intents.ts';
import { HooksBanner } from './statusBanners.tsx';
import { strings } from './strings.ts';
import { LongText } from './text.tsx';

/** Says the one next step while there is no session to draw. */
export function EmptyState({ state }: { state: PanelState }): JSX.Element {
  const { run } = useAsking();
  if (state.error !== undefined) {
    return (
      <div class="empty" data-empty="error" role="alert">
        <h1>{strings.errorTitle}</h1>
        <LongText text={state.error} />
        <Button action="show-log" look="primary" text={strings.showLog} onRun={() => run({ action: 'showLog' })} />
      </div>
    );
  }
  if (state.hooks.state === 'missing') {
    return (
      <div class="empty" data-empty="hooks">
        <h1>{strings.hooksMissingTitle}</h1>
        <p>{strings.hooksMissing}</p>
        {state.hooks.detail !== undefined && <LongText text={state.hooks.detail} class="dim" />}
        {state.trusted && (
          <Button
            action="install-hooks"
            look="primary"
            text={strings.installHooks}
            onRun={() => run({ action: 'installHooks' })}
          />
        )}
      </div>
    );
  }
  return (
    <div class="empty" data-empty="session">
      <h1>{strings.noSessionTitle}</h1>
      <HooksBanner hooks={state.hooks} trusted={state.trusted} />
      <p>{strings.noSession}</p>
      {state.hooks.state === 'installed' && state.hooks.detail !== undefined && (
        <LongText text={state.hooks.detail} class="dim" />
      )}
    </div>
  );
}
