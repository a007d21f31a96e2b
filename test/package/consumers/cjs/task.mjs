export const countWords = (options) => ({
  taskName: 'CountWords',
  version: 1,
  store: options.store,
  sourceTables: ['texts'],
  async reprocess(snapshot, context) {
    const counts = new Map();
    await snapshot.scan('texts', {
      rows(batch) {
        for (let i = 0; i < batch.length; i += 1) {
          for (const word of Buffer.from(batch.value(i)).toString().split(' ')) {
            counts.set(word, (counts.get(word) ?? 0) + 1);
          }
        }
      },
    });
    const sink = context.sink('words');
    for (const [word, count] of counts) await sink.put(word, count);
  },
});
