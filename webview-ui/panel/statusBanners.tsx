import type { ComponentChildren, JSX } from 'preact';
import type { PanelState } from '#protocol/messages.ts';
import type { LinkView, ViewModel } from '#protocol/viewModel.ts';
import { Button } from '#webview/components/button.tsx';
import { Icon, type IconName } from '#webview/components/icon.tsx';
import { LongText, UserText } from '#webview/components/text.tsx';
import { usePanelActions } from '#webview/host/panelActions.ts';
import { reachText } from './board/rowWords.ts';
import { strings } from '#webview/host/strings.ts';

interface BannerProps {
  kind: 'info' | 'warning' | 'error';
  icon: IconName;
  /** Handle for tests. */
  name: string;
  children: ComponentChildren;
}

/** A message about the whole panel. */
function Banner({ kind, icon, name, children }: BannerProps): JSX.Element {
  return (
    <div class={`banner ${kind}`} data-banner={name}>
      <Icon name={icon} />
      <div class="banner-body">{children}</div>
    </div>
  );
}

/** The reasons why the panel of a session does not work in full, and which machines share it. */
export function StatusBanners({ state }: { state: PanelState }): JSX.Element {
  const { board, view, error, trusted, hooks, replay } = state;
  const hookProblem = board === undefined ? view?.session.unhooked : undefined;
  const link = board === undefined && replay === undefined ? view?.session.link : undefined;
  const outOfReach = board === undefined ? reachText(view?.session.reach) : undefined;
  return (
    <>
      {error !== undefined && (
        <Banner kind="error" icon="error" name="error">
          <LongText text={error} />
        </Banner>
      )}
      {!trusted && (
        <Banner kind="info" icon="lock" name="untrusted">
          <div>{strings.untrusted}</div>
          <Button action="manage-trust" variant="link" text={strings.manageTrust} intent={{ action: 'manageTrust' }} />
        </Banner>
      )}
      <HooksBanner hooks={hooks} trusted={trusted} />
      {outOfReach !== undefined && (
        <Banner kind="info" icon="disconnected" name="out-of-reach">
          <div>{outOfReach}</div>
        </Banner>
      )}
      {link !== undefined && <LinkBanner link={link} />}
      {hookProblem !== undefined && (
        <Banner kind="info" icon="disconnected" name="unhooked">
          <LongText text={hookProblem} />
        </Banner>
      )}
    </>
  );
}

/** Why Claude does not call the hooks, with a button that repairs it. */
export function HooksBanner({ hooks, trusted }: Pick<PanelState, 'hooks' | 'trusted'>): JSX.Element | null {
  if (hooks.state === 'installed') return <ModBanner mod={hooks.mod} />;
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

/** Why the plugin in Claude Code does not run. */
function ModBanner({ mod }: { mod: string | undefined }): JSX.Element | null {
  if (mod === undefined) return null;
  return (
    <Banner kind="info" icon="disconnected" name="mod">
      <LongText text={mod} />
    </Banner>
  );
}

const LINK_ICONS: Record<LinkView['kind'], IconName> = {
  shared: 'swap',
  disconnected: 'disconnected',
  stopped: 'warning',
  seatSilent: 'disconnected',
};

/** The machines that share a session, or why it does not get to them. */
function LinkBanner({ link }: { link: LinkView }): JSX.Element {
  return (
    <Banner kind={link.kind === 'shared' ? 'info' : 'warning'} icon={LINK_ICONS[link.kind]} name="link">
      <LongText text={link.text} />
      {link.why !== undefined && <LongText text={link.why} class="dim" />}
    </Banner>
  );
}

/** Warns about lines of the log that cannot be read, so that a damaged log never looks like a shorter one. */
export function DamagedLines({ damaged }: Pick<ViewModel, 'damaged'>): JSX.Element {
  const { session } = usePanelActions();
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
