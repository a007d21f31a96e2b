import { expect, it } from 'vitest';
import { openHost, ordersSource, reasonOf, type RowsReprocessor } from './rows-host.ts';

/** Calls a method as a host without types may do. */
const call = (host: RowsReprocessor, method: string, ...given: readonly unknown[]): unknown => {
  const found: unknown = Reflect.get(host, method);
  if (typeof found !== 'function') throw new Error(`There is no ${method}`);
  return Reflect.apply(found, host, given);
};

it.each(['on', 'once', 'off'])('%s() refuses an unknown event, and what is no listener', async (method) => {
  const host = await openHost({ source: ordersSource() });
  for (const event of ['zz', 'toString', 5, undefined]) {
    expect(() => call(host, method, event, () => undefined)).toThrow(TypeError);
    expect(() => call(host, method, event, () => undefined)).toThrow(
      /^Expected `event` to be one of phase, /,
    );
  }
  for (const listener of [5, undefined, {}]) {
    expect(() => call(host, method, 'alert', listener)).toThrow(TypeError);
    expect(() => call(host, method, 'alert', listener)).toThrow(/^Expected `listener` to be a function/);
  }
  expect(call(host, method, 'alert', () => undefined)).toBe(host);
});

it('read() refuses what is no function, before it takes a lease', async () => {
  const host = await openHost({ source: ordersSource() });
  await host.reprocess();
  for (const read of [5, undefined, 'rows']) {
    const reason = await reasonOf(Promise.resolve(call(host, 'read', read)));
    expect(reason).toBeInstanceOf(TypeError);
    expect(String(reason)).toContain('Expected `read` to be a function');
  }
  expect(host.status().leases).toBe(0);
});
