import type { JSX } from 'preact';
import type { PanelState } from '#protocol/messages.ts';
import type { ViewModel } from '#protocol/viewModel.ts';
import { Banner } from '#webview/components/banner.tsx';
import { Button } from '#webview/components/button.tsx';
import { usePanelActions } from '#webview/host/panelActions.ts';
import { strings } from '#webview/host/strings.ts';
import { LongText, UserText } from '#webview/components/text.tsx';

/** What stands between the person and a panel that works in full. */
export function StatusBanners({ state }: { state: PanelState }): JSX.Element {
  const hookProblem = state.view?.session.unhooked;
  return (
    <>
      {state.error !== undefined && state.view !== undefined && (
        <Banner kind="error" icon="error" name="error">
          <LongText text={state.error} />
        </Banner>
      )}
      {!state.trusted && state.view !== undefined && <Untrusted />}
      {state.view !== undefined && <HooksBanner hooks={state.hooks} trusted={state.trusted} />}
      {hookProblem !== undefined && (
        <Banner kind="info" icon="disconnected" name="unhooked">
          <LongText text={hookProblem} />
        </Banner>
      )}
    </>
  );
}

function Untrusted(): JSX.Element {
  return (
    <Banner kind="info" icon="lock" name="untrusted">
      <div>{strings.untrusted}</div>
      <Button action="manage-trust" variant="link" text={strings.manageTrust} intent={{ action: 'manageTrust' }} />
    </Banner>
  );
}

/** Says why Claude does not ask Fermata, with the way out beside it. */
export function HooksBanner({ hooks, trusted }: { hooks: PanelState['hooks']; trusted: boolean }): JSX.Element | null {
  if (hooks.state === 'installed') return null;
  const texts = {
    missing: strings.hooksMissingShort,
    broken: strings.hooksBroken,
    stopped: strings.hooksStopped,
    untrusted: strings.hooksUntrusted,
  };
  return (
    <Banner kind="warning" icon="warning" name="hooks">
      <div>{texts[hooks.state]}</div>
      {hooks.detail !== undefined && <LongText text={hooks.detail} class="dim" />}
      {trusted && (hooks.state === 'missing' || hooks.state === 'broken') && (
        <Button
          action="install-hooks"
          variant="primary"
          text={hooks.state === 'missing' ? strings.installHooks : strings.repairHooks}
          intent={{ action: 'installHooks' }}
        />
      )}
      {(hooks.state === 'broken' || hooks.state === 'stopped') && (
        <Button action="diagnose" variant="link" text={strings.diagnose} intent={{ action: 'diagnose' }} />
      )}
    </Banner>
  );
}

/** A log that cannot be read in full is shown as such, never silently as a shorter one. */
export function DamagedLines({ damaged }: { damaged: ViewModel['damaged'] }): JSX.Element | null {
  const { session } = usePanelActions();
  if (damaged.total === 0) return null;
  return (
    <Banner kind="warning" icon="warning" name="damaged">
      <details class="damaged">
        <summary>{strings.damaged(damaged.total)}</summary>
        <ul>
          {damaged.reasons.map(({ reason, count }) => (
            <li key={reason}>
              <UserText text={strings.damagedReason(reason, count)} />
            </li>
          ))}
        </ul>
      </details>
      <Button
        action="open-events"
        variant="link"
        text={strings.openEvents}
        intent={{ action: 'openEvents', session }}
      />
    </Banner>
  );
}
