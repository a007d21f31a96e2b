import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApplyingSubject, batchOf, ready, type Store, wordRows, wordsOf } from './applying-subject.ts';

const CLOSED = { code: 'REPROCESS_HANDLE_CLOSED' };

/** What the transactions of every key-value adapter must do. */
export function applyingTests(name: string, create: () => Promise<ApplyingSubject>): void {
  describe(`${name}: applying`, () => {
    let subject: ApplyingSubject;
    let store: Store;
    beforeEach(async () => {
      subject = await create();
      store = subject.store;
    });
    afterEach(() => subject.cleanup());

    it('puts, replaces and deletes rows of several tables, and keeps the applied text', async () => {
      await ready(store, 1, { blue: 1, green: 2, red: 3 });
      const open = await store.openGeneration(1);
      expect(await open.applied()).toBeUndefined();
      await store.apply(1, {
        applied: 'first ✓',
        writes: [
          {
            table: 'words',
            rows: wordRows({ amber: 9, blue: undefined, nothing: undefined, red: 4, zinc: 5 }),
          },
          { table: 'bytes', rows: [{ key: Buffer.of(0xff), value: Buffer.of() }] },
        ],
      });
      expect(await wordsOf(open)).toEqual({ amber: 9, green: 2, red: 4, zinc: 5 });
      expect(await open.get('bytes', Buffer.of(0xff))).toEqual(Buffer.of());
      expect([await open.count('words'), await open.count('bytes')]).toEqual([4, 1]);
      expect(await open.applied()).toBe('first ✓');
      await store.apply(1, { applied: 'second', writes: [] });
      expect(await open.applied()).toBe('second');
      expect(await open.count('words')).toBe(4);
      await open.close();
      await expect(open.applied()).rejects.toMatchObject(CLOSED);
    });

    it('changes no other generation, and only ready ones', async () => {
      await ready(store, 1, { blue: 1 });
      await store.stage(2);
      await expect(store.apply(2, batchOf('x', { blue: 2 }))).rejects.toMatchObject({
        code: 'REPROCESS_STORE_FAILED',
        details: { step: 'apply', generation: 2 },
      });
      await store.discard(2);
      await ready(store, 3, { blue: 3 });
      await store.apply(1, batchOf('one', { blue: 10 }));
      await store.apply(3, batchOf('three', { blue: 30 }));
      await store.apply(3, batchOf('three again', { green: 31 }));
      for (const [generation, words, applied] of [
        [1, { blue: 10 }, 'one'],
        [3, { blue: 30, green: 31 }, 'three again'],
      ] as const) {
        const open = await store.openGeneration(generation);
        expect(await wordsOf(open)).toEqual(words);
        expect(await open.applied()).toBe(applied);
        await open.close();
      }
    });

    it('keeps bytes of its own', async () => {
      await ready(store, 1);
      const [key, value] = [Buffer.from('blue'), Buffer.from('1')];
      await store.apply(1, { applied: 'a', writes: [{ table: 'words', rows: [{ key, value }] }] });
      key.fill(0);
      value.fill(0);
      const open = await store.openGeneration(1);
      expect(await wordsOf(open)).toEqual({ blue: 1 });
      (await open.get('words', Buffer.from('blue')))?.fill(0);
      expect(await wordsOf(open)).toEqual({ blue: 1 });
      await open.close();
    });

    it('shows new rows to a view, none to a frozen view or to an iteration under way', async () => {
      await ready(store, 1, { blue: 1, green: 2 });
      const open = await store.openGeneration(1);
      const moving = open.view(() => undefined, { frozen: false });
      const frozen = open.view(() => undefined, { frozen: true });
      const [now, then] = [moving.reader.table('words'), frozen.reader.table('words')];
      const started = now.keys();
      expect(await started.next()).toBe('blue');
      await store.apply(1, batchOf('a', { blue: 10, green: undefined, red: 3 }));
      expect(await started.all()).toEqual(['green']);
      expect(await now.get('blue')).toBe(10);
      expect(await now.getMany(['red', 'green'])).toEqual([3, undefined]);
      expect(await now.keys().all()).toEqual(['blue', 'red']);
      expect(await then.get('blue')).toBe(1);
      expect(await then.has('red')).toBe(false);
      expect(await then.iterator().all()).toEqual([
        ['blue', 1],
        ['green', 2],
      ]);
      moving.release();
      frozen.release();
      await open.close();
    });

    it('freezes the rows of all tables until they are closed', async () => {
      const many = Object.fromEntries(
        Array.from({ length: 2500 }, (_, n) => [`w${String(n).padStart(4, '0')}`, n]),
      );
      await ready(store, 1, many);
      const open = await store.openGeneration(1);
      const frozen = open.freeze();
      await store.apply(1, {
        applied: 'a',
        writes: [
          { table: 'words', rows: wordRows({ w0000: undefined, w2499: 1, x: 2 }) },
          { table: 'bytes', rows: [{ key: Buffer.of(1), value: Buffer.of(1) }] },
        ],
      });
      expect(await wordsOf(frozen)).toEqual(many);
      for await (const rows of frozen.rows('bytes')) expect(rows).toEqual([]);
      expect(await open.count('words')).toBe(2500);
      const underWay = frozen.rows('words')[Symbol.asyncIterator]();
      expect((await underWay.next()).value).not.toEqual([]);
      await frozen.close();
      await frozen.close();
      await expect(underWay.next()).rejects.toMatchObject(CLOSED);
      await expect(wordsOf(frozen)).rejects.toMatchObject(CLOSED);
      const left = open.freeze();
      const abandoned = left.rows('words')[Symbol.asyncIterator]();
      await abandoned.next();
      await open.close();
      await expect(abandoned.next()).rejects.toMatchObject(CLOSED);
      await left.close();
      expect(() => open.freeze()).toThrow(expect.objectContaining(CLOSED));
    });

    it('breaks off rows under way when it is closed, and never ends them early', async () => {
      await ready(store, 1, { blue: 1 });
      const open = await store.openGeneration(1);
      const underWay = open.rows('words')[Symbol.asyncIterator]();
      await underWay.next();
      await open.close();
      await expect(underWay.next()).rejects.toMatchObject(CLOSED);
    });

    it('gives many values at once, in the order of the keys', async () => {
      await ready(store, 1, { blue: 1, green: 2 });
      const open = await store.openGeneration(1);
      const keys = ['green', 'none', 'blue', 'green'].map((key) => Buffer.from(key));
      const values = await open.getMany('words', keys);
      expect(
        values.map((value) => (value === undefined ? undefined : Buffer.from(value).toString())),
      ).toEqual(['2', undefined, '1', '2']);
      expect(await open.getMany('words', [])).toEqual([]);
      await expect(open.getMany('wrods', [])).rejects.toThrow(TypeError);
      await open.close();
    });

    it('refuses an unknown table with a TypeError, and takes the next batch', async () => {
      await ready(store, 1);
      const wrong = { applied: 'x', writes: [{ table: 'wrods', rows: wordRows({ blue: 1 }) }] };
      await expect(store.apply(1, wrong)).rejects.toThrow(TypeError);
      await store.apply(1, batchOf('a', { blue: 2 }));
      const open = await store.openGeneration(1);
      expect(await open.applied()).toBe('a');
      expect(await wordsOf(open)).toEqual({ blue: 2 });
      await open.close();
    });

    it('applies while another generation is staged, prepared and discarded', async () => {
      await ready(store, 1);
      const open = await store.openGeneration(1);
      const others = async (): Promise<void> => {
        await ready(store, 2, { blue: 2 });
        await store.discard(2);
      };
      const applied = Array.from({ length: 20 }, (_, n) => store.apply(1, batchOf(`${n}`, { [`w${n}`]: n })));
      await Promise.all([others(), ...applied]);
      expect(await open.count('words')).toBe(20);
      expect(await open.applied()).toBe('19');
      await open.close();
    });

    it('discards and closes behind the batches that are under way', async () => {
      await ready(store, 1);
      await ready(store, 2);
      const first = store.apply(1, batchOf('a', { blue: 1 }));
      const discarded = store.discard(1);
      await expect(first).resolves.toBeUndefined();
      await expect(store.apply(1, batchOf('b', { blue: 2 }))).rejects.toMatchObject({
        code: 'REPROCESS_STORE_FAILED',
      });
      await discarded;
      const last = ['a', 'b', 'c', 'd'].map((applied) => store.apply(2, batchOf(applied, { blue: 1 })));
      const closed = store.close();
      await expect(Promise.all(last)).resolves.toHaveLength(4);
      await closed;
      await expect(store.apply(2, batchOf('b', { blue: 2 }))).rejects.toMatchObject(CLOSED);
    });
  });
}
