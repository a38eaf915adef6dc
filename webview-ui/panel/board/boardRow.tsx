import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import type { BoardGroup, BoardRow } from '#protocol/board.ts';
import { WideButton } from '#webview/components/button.tsx';
import { formatRemaining } from '#webview/components/duration.ts';
import { Icon, type IconProps } from '#webview/components/icon.tsx';
import { onDemand } from '#webview/components/onDemand.tsx';
import { MachineChip } from '#webview/components/machineChip.tsx';
import { RovingRow } from '#webview/components/rovingList.tsx';
import { UserText } from '#webview/components/text.tsx';
import { Age } from '#webview/components/time.tsx';
import { clock } from '#webview/host/clock.ts';
import { agentMenu } from '#webview/host/contextMenu.ts';
import { memo } from '#webview/host/memo.ts';
import { PanelActionsContext, usePanelActions } from '#webview/host/panelActions.ts';
import { strings } from '#webview/host/strings.ts';
import { kindOf } from '#webview/panel/decisions/callWords.ts';
import { useReasonWords } from '#webview/panel/decisions/heldReasons.tsx';
import { NOTICE_ICONS } from '#webview/panel/decisions/noticeCard.tsx';
import { PeekSlot } from '#webview/panel/peekSlot.tsx';
import { RowAnswer } from './rowAnswer.tsx';
import { RowTools } from './rowTools.tsx';
import { detailOf, doingOf, labelOf, nameOf, reachText } from './rowWords.ts';

const LinkLine = onDemand(async () => (await import('./linkLine.tsx')).LinkLine);

interface BoardRowProps {
  row: BoardRow;
  group: BoardGroup;
}

/** A session, or a decision in one: named as its person names it, what it is about, and the ways to answer. */
export const BoardRowItem = memo(function BoardRowItem({ row, group }: BoardRowProps): JSX.Element {
  const actions = usePanelActions();
  const { session = '', canAct, reach, projectName, machine } = row;
  // everything in the row acts on the row's session
  const { outOfReach, noTerminal } = reach ?? {};
  const own = useMemo(() => {
    const mayAct = actions.mayAct && outOfReach === undefined;
    return { ...actions, session, mayAct, hooked: canAct, terminal: noTerminal !== true && machine === undefined };
  }, [actions, session, canAct, outOfReach, noTerminal, machine]);
  const [peeking, setPeeking] = useState(false);
  const name = nameOf(row);
  const isSlim = group === 'working' || group === 'done';
  return (
    <RovingRow
      id={row.id}
      label={labelOf(row, group)}
      class={`board-row ${row.tone}${group === 'needsYou' ? ' needs' : ''}`}
      data={{
        'data-board': row.id,
        'data-group': group,
        ...(session === '' ? {} : agentMenu(session, row.ask?.worker)),
      }}
    >
      <PanelActionsContext.Provider value={own}>
        <div class="board-line" title={row.spending}>
          <Icon {...iconOf(row, group)} />
          <OpenButton row={row} />
          <MachineChip machine={row.machine} />
          {row.background && <span class="dim">{strings.board.background}</span>}
          {!isSlim && projectName !== undefined && <UserText text={projectName} class="dim cut project" />}
          {isSlim && (
            <UserText text={doingOf(row, group)} class={`cut doing ${row.quietSinceTs ? 'problem' : 'dim'}`} />
          )}
          <RowTime row={row} group={group} />
          <RowTools row={row} peeking={peeking} onPeek={() => setPeeking(!peeking)} />
        </div>
        <Detail row={row} group={group} />
        {row.conflict !== undefined && (
          <div class="board-text tone-attention clamped">
            <UserText text={row.conflict} />
          </div>
        )}
        {row.budget !== undefined && group !== 'needsYou' && (
          <div class="board-text dim clamped" data-budget>
            <UserText text={row.budget} />
          </div>
        )}
        {row.link !== undefined && row.link.kind !== 'shared' && <LinkLine link={row.link} />}
        <RowAnswer row={row} group={group} onRead={() => setPeeking(true)} />
        {peeking && (
          <PeekSlot
            name={name}
            worker={row.ask?.worker ?? row.call?.agent}
            mayReply={own.mayAct && canAct}
            onClose={() => setPeeking(false)}
          />
        )}
      </PanelActionsContext.Provider>
    </RovingRow>
  );
});

/** The name, which opens the session; a notice of the window has no session. */
function OpenButton({ row }: { row: BoardRow }): JSX.Element {
  const { run } = usePanelActions();
  const { session, projectName, reach } = row;
  const name = nameOf(row);
  if (session === undefined) return <UserText text={row.name} class="board-name strong clamped" />;
  return (
    <WideButton
      action="open-session"
      class="board-name cut"
      title={[name, projectName, session, reachText(reach)].filter(Boolean).join('\n')}
      onRun={() => run({ action: 'switchSession', session })}
    >
      <strong>{name}</strong>
    </WideButton>
  );
}

const remaining = (ts: number): string => {
  const left = ts - clock.now();
  return left > 0 ? strings.decision.about(formatRemaining(left)) : strings.decision.anyMoment;
};

/** How long it waits, works or rests; of a row that waits for something with an end, until then. */
function RowTime({ row: { sinceTs, etaTs, quietSinceTs }, group }: BoardRowProps): JSX.Element | null {
  if (sinceTs === undefined || quietSinceTs !== undefined) return null;
  if (group === 'waiting' && etaTs !== undefined)
    return <Age ts={sinceTs} text={() => remaining(etaTs)} class="dim board-time" />;
  return <Age ts={sinceTs} text={(time) => time} class="dim board-time" />;
}

function Detail({ row, group }: BoardRowProps): JSX.Element | null {
  const { waitsForOf, reasonsLine } = useReasonWords();
  const { agent, call } = row;
  const words = detailOf(row, group);
  if (words === undefined) return null;
  const detail = group === 'waiting' && call !== undefined ? `${words} · ${waitsForOf(call)}` : words;
  return (
    <div class="board-text">
      <div class="clamped">
        {agent !== undefined && <UserText text={agent} class="agent" />} <UserText text={detail} />
      </div>
      {call !== undefined && group === 'needsYou' && (
        <div class="dim clamped">
          <UserText text={reasonsLine(call)} />
        </div>
      )}
    </div>
  );
}

function iconOf({ ask, call, notice, tone, asks, quietSinceTs, ended }: BoardRow, group: BoardGroup): IconProps {
  const urgent = tone === 'failed' ? 'bad' : 'decide';
  switch (group) {
    case 'needsYou':
      if (notice !== undefined) return { name: NOTICE_ICONS[notice.kind], tone: urgent };
      if (call !== undefined) return { name: 'pause', tone: urgent };
      return { name: ask !== undefined && kindOf(ask).plan ? 'log' : 'question', tone: urgent };
    case 'yourTurn':
      return asks === true ? { name: 'question', tone: 'decide' } : { name: 'check', tone: 'good' };
    case 'waiting':
      return { name: 'pause', tone: 'quiet' };
    case 'working':
      return quietSinceTs === undefined ? { name: 'circleFilled', tone: 'active' } : { name: 'warning', tone: 'bad' };
    case 'done':
      return { name: ended === true ? 'circleSlash' : 'circle', tone: 'quiet' };
  }
}
