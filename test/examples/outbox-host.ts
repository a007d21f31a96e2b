/** A host of its own process, to be killed: follows the outbox, and rebuilds again and again. */
import { openHost } from '../../examples/outbox/open-host.ts';

const [url = '', dataDir = ''] = process.argv.slice(2);
const host = await openHost(url, dataDir);
await host.follow(1);
console.log('following');
for (;;) await host.reprocessor.reprocess();
