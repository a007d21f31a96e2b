import { describe, expect, it } from 'vitest';
import { OmTableInsightTask } from '../../../src/recon/index.ts';
import {
  EC,
  keyInfo,
  multipartKeyInfo,
  multipartPartInfo,
  partKeyInfo,
  repeatedKeyInfo,
  STAND_ALONE,
} from '../../ozone/protobuf/ozone-records.ts';
import { globalStats, OmRows, quarantined } from '../om-rows.ts';

const ec = { data: 3, parity: 2, chunk: 1 << 20 };

async function stats(rows: OmRows): Promise<{ stats: Record<string, bigint>; quarantined: string[] }> {
  const run = await rows.run({ tasks: [new OmTableInsightTask()] });
  return { stats: globalStats(run), quarantined: quarantined(run) };
}

function partKey(uploadId: string, partNumber: number): Uint8Array {
  const number = Buffer.alloc(4);
  number.writeInt32BE(partNumber);
  return Buffer.concat([Buffer.from(`${uploadId}/`), number]);
}

describe('OmTableInsightTask', () => {
  it('counts the rows of every table that there is, whatever is in them', async () => {
    const rows = new OmRows()
      .add('dTokenTable', Uint8Array.of(0xff, 0x00), Uint8Array.of(1))
      .add('dTokenTable', Uint8Array.of(0xfe), Uint8Array.of(1))
      .add('s3SecretTable', 'access', 'secret')
      .add('fileTable', 'a', 'no protobuf at all')
      .add('someFutureTable', 'a');
    expect(await stats(rows)).toEqual({
      stats: { dTokenTableCount: 2n, s3SecretTableCount: 1n, fileTableCount: 1n, someFutureTableCount: 1n },
      quarantined: [],
    });
  });

  it('adds up open keys and open files, each replicated in its own way', async () => {
    const rows = new OmRows()
      .add('openKeyTable', '/v/b/k/1', keyInfo({ size: 1000 }))
      .add('openKeyTable', '/v/b/k/2', keyInfo({ size: 1000, type: STAND_ALONE, factor: 3 }))
      .add('openFileTable', '/1/2/3/f/1', keyInfo({ size: 3145733, type: EC, ec }))
      .add('openFileTable', '/1/2/3/f/2', keyInfo({ size: 10, factor: undefined }));
    expect((await stats(rows)).stats).toEqual({
      openKeyTableCount: 2n,
      openKeyTableUnReplicatedDataSize: 2000n,
      openKeyTableReplicatedDataSize: 4000n,
      openFileTableCount: 2n,
      openFileTableUnReplicatedDataSize: 3145743n,
      openFileTableReplicatedDataSize: 5242905n,
    });
  });

  it('keeps sums exact and wraps them at 64 bits, as Java does', async () => {
    const huge = (1n << 63n) - 1n;
    const rows = new OmRows();
    for (let index = 0; index < 5; index++)
      rows.add('openKeyTable', `/v/b/k/${index}`, keyInfo({ size: huge }));
    expect((await stats(rows)).stats).toEqual({
      openKeyTableCount: 5n,
      openKeyTableUnReplicatedDataSize: BigInt.asIntN(64, huge * 5n),
      openKeyTableReplicatedDataSize: BigInt.asIntN(64, huge * 15n),
    });
  });

  it('counts all keys of a row of deletedTable', async () => {
    const rows = new OmRows()
      .add('deletedTable', '/v/b/k/1', repeatedKeyInfo(keyInfo({ size: 10 }), keyInfo({ size: 20 })))
      .add('deletedTable', '/v/b/k/2', repeatedKeyInfo());
    expect((await stats(rows)).stats).toEqual({
      deletedTableCount: 2n,
      deletedTableUnReplicatedDataSize: 30n,
      deletedTableReplicatedDataSize: 90n,
    });
  });

  it('takes the last of the embedded parts with one number', async () => {
    const parts = [
      partKeyInfo(1, keyInfo({ size: 5 })),
      partKeyInfo(2, keyInfo({ size: 7, type: EC, ec })),
      partKeyInfo(1, keyInfo({ size: 11, factor: 1 })),
    ];
    const rows = new OmRows().add('multipartInfoTable', '/v/b/k/u', multipartKeyInfo({ parts }));
    expect((await stats(rows)).stats).toEqual({
      multipartInfoTableCount: 1n,
      multipartInfoTableUnReplicatedDataSize: 18n,
      multipartInfoTableReplicatedDataSize: 11n + 21n,
    });
  });

  it('adds the parts of split uploads with the configuration of the upload, and skips orphans', async () => {
    const ignored = [partKeyInfo(1, keyInfo({ size: 1_000_000 }))];
    const rows = new OmRows()
      .add('multipartInfoTable', '/v/b/k/split', multipartKeyInfo({ schemaVersion: 1, parts: ignored }))
      .add('multipartInfoTable', '/v/b/a/b/ec', multipartKeyInfo({ schemaVersion: 1, type: EC, ec }))
      .add('multipartInfoTable', '/v/b/k/old', multipartKeyInfo({ schemaVersion: 0 }))
      .add('multipartPartsTable', partKey('split', 1), multipartPartInfo({ size: 10 }))
      // The last byte of part 47 is a slash.
      .add('multipartPartsTable', partKey('split', 47), multipartPartInfo({ size: 20, partNumber: 47 }))
      .add('multipartPartsTable', partKey('ec', 1), multipartPartInfo({ size: 10 }))
      .add('multipartPartsTable', partKey('ec', 2), multipartPartInfo({ size: (1n << 62n) + 1n }))
      .add('multipartPartsTable', partKey('old', 1), multipartPartInfo({ size: 5000 }))
      .add('multipartPartsTable', partKey('orphan', 1), multipartPartInfo({ size: 7000 }));
    const large = (1n << 62n) + 1n;
    const chunk = 1n << 20n;
    const rest = large % (3n * chunk);
    const replicated = large + (large / (3n * chunk)) * 2n * chunk + (rest < chunk ? rest : chunk) * 2n;
    expect(await stats(rows)).toEqual({
      stats: {
        multipartInfoTableCount: 3n,
        multipartInfoTableUnReplicatedDataSize: 40n + large,
        multipartInfoTableReplicatedDataSize: BigInt.asIntN(64, 90n + 30n + replicated),
        multipartPartsTableCount: 6n,
      },
      quarantined: [],
    });
  });

  it('sets aside what cannot be decoded, and counts it nowhere', async () => {
    const rows = new OmRows()
      .add('openKeyTable', 'negative', keyInfo({ size: -5 }))
      .add('deletedTable', 'chained', repeatedKeyInfo(keyInfo({ size: 5 }), keyInfo({ type: 3 })))
      .add('multipartInfoTable', '/v/b/k/future', multipartKeyInfo({ schemaVersion: 2 }))
      .add('multipartInfoTable', '/v/b/k/u', multipartKeyInfo({ schemaVersion: 1 }))
      .add('multipartPartsTable', 'malformed', multipartPartInfo({ size: 5 }))
      .add('multipartPartsTable', partKey('u', 1), multipartPartInfo({ size: 5, eTag: ' ' }))
      .add('multipartPartsTable', partKey('u', 2), multipartPartInfo({ size: 5, partNumber: 0 }))
      .add('multipartPartsTable', partKey('u', 3), multipartPartInfo({ size: -5 }))
      .add('multipartPartsTable', partKey('u', 4), multipartPartInfo({ size: 5, unlocated: true }))
      .add('multipartPartsTable', partKey('u', 5), multipartPartInfo({ size: 5 }));
    const { stats: values, quarantined: aside } = await stats(rows);
    expect(aside.map((text) => text.replace(/^\S+ (\S+) [^:]*/u, '$1')).sort()).toEqual([
      'deletedTable: The replication type CHAINED is not supported',
      'multipartInfoTable: The schema version 2 of the upload is unknown',
      'multipartPartsTable: The data size is negative',
      'multipartPartsTable: The key is not an upload id, a slash and a part number',
      'multipartPartsTable: The part number is not positive',
      'multipartPartsTable: The required field `eTag` is missing or blank',
      'multipartPartsTable: The required field `keyLocationList` is missing or blank',
      'openKeyTable: The data size is negative',
    ]);
    expect(values).toEqual({
      openKeyTableCount: 0n,
      openKeyTableUnReplicatedDataSize: 0n,
      openKeyTableReplicatedDataSize: 0n,
      deletedTableCount: 0n,
      deletedTableUnReplicatedDataSize: 0n,
      deletedTableReplicatedDataSize: 0n,
      multipartInfoTableCount: 1n,
      multipartInfoTableUnReplicatedDataSize: 5n,
      multipartInfoTableReplicatedDataSize: 15n,
      multipartPartsTableCount: 1n,
    });
  });

  it('stamps its rows with its clock', async () => {
    const run = await new OmRows()
      .add('userTable', 'u')
      .run({ tasks: [new OmTableInsightTask({ now: () => 123 })] });
    expect(run.puts.get('GLOBAL_STATS')).toEqual([
      { key: 'userTableCount', value: 1n, last_updated_timestamp: 123 },
    ]);
  });
});
