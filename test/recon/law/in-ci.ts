/**
 * How many histories a file of the law goes through: all of them (20,000 in the three files) with `SR_LAW=all`, else the share that
 * fits into `npm test`.
 */
export function historiesOf(all: number): { readonly numRuns: number } {
  return { numRuns: process.env['SR_LAW'] === 'all' ? all : Math.round(all * 0.4) };
}
