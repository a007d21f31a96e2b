const assert = require('node:assert/strict');
const { join } = require('node:path');

/** Three copies of the library: another installation's, this one's for `require` and this one's for `import`. */
async function main() {
  const other = require(join(process.argv[2], 'node_modules/staged-reprocessor'));
  const required = require('staged-reprocessor');
  const imported = await import('staged-reprocessor');
  for (const maker of [other, required, imported]) {
    const error = new maker.StagedReprocessError('REPROCESS_CLOSED', 'closed');
    for (const judge of [other, required, imported]) {
      assert.equal(error instanceof judge.StagedReprocessError, maker === judge);
      assert.ok(judge.isReprocessError(error, 'REPROCESS_CLOSED'));
      assert.ok(judge.isReprocessError(error));
      assert.ok(!judge.isReprocessError(error, 'REPROCESS_ABORTED'));
    }
  }
  console.log('copies done');
}

main();
