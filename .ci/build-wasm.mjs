// Turns src/ozone/rocksdb/block-memory.wat into the TypeScript module that carries its bytes.
// Needs the npm package `wabt` 1.0.39, which is no dependency of the project: install it in a folder of its own and
// say where: node .ci/build-wasm.mjs FOLDER (the one that holds node_modules/wabt).
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

const folder = process.argv[2];
if (folder === undefined) throw new Error('Usage: node .ci/build-wasm.mjs FOLDER');
const wabt = await createRequire(join(resolve(folder), 'x.js'))('wabt')();
const rocksdb = resolve(import.meta.dirname, '../src/ozone/rocksdb');
const source = readFileSync(join(rocksdb, 'block-memory.wat'), 'utf8');
const { buffer } = wabt.parseWat('block-memory.wat', source, { bulk_memory: true }).toBinary({});
const lines = Buffer.from(buffer)
  .toString('base64')
  .match(/.{1,100}/g);
const literal = lines.map((line) => `  '${line}'`).join(' +\n');
writeFileSync(
  join(rocksdb, 'block-memory-wasm.ts'),
  `// Written by .ci/build-wasm.mjs from block-memory.wat (${buffer.length} bytes). Do not edit.\n` +
    `export const BLOCK_MEMORY_WASM =\n${literal};\n`,
);
console.log(`${buffer.length} bytes`);
