import type { LockHolder } from '../index.ts';
import { isObject, type OutsideStatus, type StatusJson } from './outside-status.ts';
import { humanCount, humanSize } from './quantities.ts';
import type { Output } from './terminal.ts';
import { textTable } from './text-table.ts';

/** A status for people, as lines. Whatever another version may have left out is left out here too. */
export function statusLines(outside: OutsideStatus, out: Output): readonly string[] {
  const { status } = outside;
  const lines = [`Directory   ${outside.directory}`, `Held by     ${holderText(outside)}`];
  if (status === undefined) return [...lines, 'Status      never written'];
  // A dead holder's last words tell what it did, not what is.
  const isStale = outside.holderState === 'dead' && status['state'] !== 'CLOSED';
  return [
    ...lines,
    `State       ${text(status['state'])}${isStale ? ' when its process died; the next opening recovers' : ''}`,
    `Live        ${liveText(status)}`,
    `Retained    ${list(status['retained'])}`,
    ...deltaLines(status),
    ...runLines(status['run']),
    ...failureLines(status),
    `As of       ${time(status['atMs'])}`,
    '',
    ...storeLines(status['stores'], out),
  ];
}

export function holderText({ holder, holderState }: Pick<OutsideStatus, 'holder' | 'holderState'>): string {
  if (holder === undefined) return 'nobody';
  const who = holderName(holder);
  if (holderState === 'dead') return `${who}, which is not running any more`;
  return holderState === 'unknown' ? `${who} (another host: it cannot be told whether it runs)` : who;
}

function holderName({ host, pid, startedAtMs }: LockHolder): string {
  return `process ${pid} on ${host}, since ${time(startedAtMs)}`;
}

function liveText(status: StatusJson): string {
  if (typeof status['generation'] !== 'number') return 'nothing';
  const sequence = status['sequence'];
  return `generation ${status['generation']}${sequence === undefined ? '' : `, sequence ${text(sequence)}`}`;
}

/** Only what a host has that sends deltas, or that waits for something. */
function deltaLines(status: StatusJson): readonly string[] {
  const lines: string[] = [];
  const { deltas } = status;
  const log = isObject(deltas) ? deltas['log'] : undefined;
  if (isObject(log) && log['through'] !== undefined) {
    const bytes = typeof log['sizeBytes'] === 'number' ? `, ${humanSize(log['sizeBytes'])} in the log` : '';
    lines.push(
      `Deltas      up to sequence ${text(log['through'])}, live data ${text(status['lag'])} behind${bytes}`,
    );
  }
  const waiting = status['waitingFor'];
  if (Array.isArray(waiting) && waiting.length > 0) lines.push(`Waiting     for ${list(waiting)}`);
  return lines;
}

function runLines(run: unknown): readonly string[] {
  if (!isObject(run)) return [];
  const { rowsDone, rowsEstimated } = run;
  const estimated = typeof rowsEstimated === 'number' ? ` of about ${humanCount(rowsEstimated)}` : '';
  const done = typeof rowsDone === 'number' ? humanCount(rowsDone) : '?';
  return [
    `Run         since ${time(run['startedAtMs'])}, ${done}${estimated} rows read when this was written`,
  ];
}

function failureLines(status: StatusJson): readonly string[] {
  const error = status['lastError'];
  const lines: string[] = [];
  if (isObject(error)) {
    const code = error['code'] === undefined ? '' : `${text(error['code'])}: `;
    lines.push(`Last error  ${code}${text(error['message'])}`);
  }
  if (typeof status['circuitOpenUntilMs'] === 'number')
    lines.push(`Circuit     open until ${time(status['circuitOpenUntilMs'])}`);
  if (typeof status['retryAtMs'] === 'number') lines.push(`Retry       at ${time(status['retryAtMs'])}`);
  return lines;
}

function storeLines(stores: unknown, out: Output): readonly string[] {
  const rows = (Array.isArray(stores) ? stores : [])
    .filter(isObject)
    .map((store) => [
      text(store['store']),
      text(store['kind']),
      text(store['live']),
      list(store['retained']),
      text(store['staged']),
      store['outdated'] === true ? 'yes' : 'no',
    ]);
  const columns = ['Store', 'Kind', 'Live', 'Retained', 'Staged', 'Outdated'].map((title) => ({ title }));
  return textTable(columns, rows, out.bold);
}

function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : 'none';
}

function list(value: unknown): string {
  return Array.isArray(value) && value.length > 0 ? value.map(text).join(', ') : 'none';
}

function time(value: unknown): string {
  const date = new Date(typeof value === 'number' ? value : NaN);
  return Number.isNaN(date.getTime()) ? 'unknown' : date.toISOString();
}
