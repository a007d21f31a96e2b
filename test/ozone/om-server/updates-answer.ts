import { create, toBinary } from '@bufbuild/protobuf';
import { DBUpdatesResponseSchema, OMResponseSchema } from '../../../src/ozone/om-client/om-protocol.ts';
import type { WalAnswer } from './write-ahead-log.ts';

/** -1 as an unsigned number: how Ozone says "none". */
const NONE = (1n << 64n) - 1n;
const DB_UPDATES = 53;
const OK = 1;
const INTERNAL_ERROR = 15;

/** The bytes of the `OMResponse` with which an Ozone Manager 2.2.0 says this. */
export function updatesAnswer(answer: WalAnswer, leaderId: string | undefined): Uint8Array {
  const leader = leaderId === undefined ? {} : { leaderOMNodeId: leaderId };
  if (answer.kind === 'gone') return failedAnswer(INTERNAL_ERROR, answer.message, leaderId);
  const updates =
    answer.kind === 'future'
      ? { sequenceNumber: NONE, latestSequenceNumber: NONE, dbUpdateSuccess: false }
      : {
          sequenceNumber: startOfLast(answer.batches),
          data: [...answer.batches],
          latestSequenceNumber: answer.latest,
          dbUpdateSuccess: true,
        };
  const dbUpdatesResponse = create(DBUpdatesResponseSchema, updates);
  const response = { cmdType: DB_UPDATES, success: true, status: OK, ...leader, dbUpdatesResponse };
  return toBinary(OMResponseSchema, create(OMResponseSchema, response));
}

/** An answer that carries an error of Ozone's, a number of its `Status`. */
export function failedAnswer(status: number, message: string, leaderId?: string): Uint8Array {
  const leader = leaderId === undefined ? {} : { leaderOMNodeId: leaderId };
  const response = { cmdType: DB_UPDATES, success: false, status, message, ...leader };
  return toBinary(OMResponseSchema, create(OMResponseSchema, response));
}

function startOfLast(batches: readonly Uint8Array[]): bigint {
  const last = batches.at(-1);
  return last === undefined ? NONE : Buffer.from(last).readBigUInt64LE(0);
}
