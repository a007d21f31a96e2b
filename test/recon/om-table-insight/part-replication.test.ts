import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Replication } from '../../../src/ozone/protobuf/replication.ts';
import { partReplication, replicatedPartSize } from '../../../src/recon/om-table-insight/part-replication.ts';
import { ecConfig } from '../../ozone/protobuf/ozone-records.ts';

it('a part is as large as its replication says, also where a stripe overflows 32 bits', () => {
  const int32 = fc.oneof(fc.nat(20), fc.integer({ min: 1, max: 0x7fffffff }));
  const config = fc.record({
    type: fc.constantFrom(1, 2, 4),
    factor: fc.constantFrom(0, 1, 3),
    ec: fc.record({ data: int32, parity: int32, chunk: int32 }),
    size: fc.bigInt({ min: 0n, max: (1n << 63n) - 1n }),
  });
  fc.assert(
    fc.property(config, ({ type, factor, ec, size }) => {
      const replication = new Replication();
      replication.setType(type);
      replication.setFactor(factor);
      const bytes = ecConfig(ec);
      replication.mergeEc(bytes, 0, bytes.length);
      fc.pre(replication.usable());
      expect(replicatedPartSize(size, partReplication(replication))).toBe(replication.replicatedBig(size));
    }),
    { numRuns: 1000 },
  );
});
