import { describe, expect, it } from 'vitest';
import { xxHash32, xxHash64 } from '../../../src/ozone/rocksdb/xxhash.ts';
import { Xxh3 } from '../../../src/ozone/rocksdb/xxh3.ts';

/** Length, xxHash32, xxHash64 and XXH3 of the first bytes of `input`, by the reference implementation (xxhash 0.8). */
const KNOWN: readonly (readonly [number, number, bigint, bigint])[] = [
  [0, 0x02cc5d05, 0xef46db3751d8e999n, 0x2d06800538d394c2n],
  [1, 0xcf65b03e, 0xe934a84adb052768n, 0xc44bdff4074eecdbn],
  [2, 0x8fd2707f, 0x2c1bc603fe31338cn, 0x9093381c8763d62en],
  [3, 0x14744175, 0x9ff70a635a6209abn, 0xc3489259e968ad9en],
  [4, 0xc8f60fc5, 0xae5acdc00a55ac41n, 0xd3d60c1519014e89n],
  [5, 0xfd68f46f, 0x8ad58ce18a6fd093n, 0x559935c0f3f7327fn],
  [8, 0x6edeeb34, 0x87116b3365b924ebn, 0xb88dee77f6bf6980n],
  [9, 0xf3820f1f, 0x340667a92c4324ffn, 0x03688dcad730d826n],
  [12, 0x548e862f, 0x14b8433b9a14e611n, 0x305c5bae3681d0e0n],
  [16, 0xb59b7e13, 0xed1dd2fac0a31fbcn, 0x9da23836adf2be1en],
  [17, 0x20dd4529, 0x758409c57cd5d0a2n, 0xf34c3c9cf5a112d1n],
  [31, 0xdc5b7443, 0x0f187c62b1e722b7n, 0x1c67766271b95c64n],
  [32, 0xd7f70f45, 0x91b0cb0931a8c629n, 0x99cb9ad0f1a11fben],
  [33, 0xe5b60f32, 0x931b043cf8d65b94n, 0xc077b45492d29cden],
  [64, 0xb9258763, 0xbf3052e3445775d0n, 0x6efb76ff16f37561n],
  [65, 0xe96c3b91, 0xed65e3510df3611dn, 0x2640848e9137156bn],
  [96, 0x27e3f291, 0x0c1298bedcd0a493n, 0x764d2d5db92942dfn],
  [97, 0xe5f17dbb, 0xae4b5065ada4d2abn, 0x077acb7e5f4fd940n],
  [128, 0x188c98a1, 0x6bd66a757cf20d64n, 0x65f3c2c00fa93185n],
  [129, 0x1dfd53c7, 0x3fbc5a0162d80206n, 0x28065c6ec25f5b25n],
  [144, 0xe1c4367c, 0x946b76075f227655n, 0x600e8d345ff9620dn],
  [145, 0x054a3d1f, 0x0aa38f3db7ccdf20n, 0xf4f6254b4ab9c1bbn],
  [239, 0x21e0b337, 0xd1f8f72db757ad81n, 0x6ce0b13191e635ean],
  [240, 0xbc7b6b02, 0x9f17f1fcbcbfb88en, 0x4917a75c0ef8eed7n],
  [241, 0xd72c0b1a, 0x06f9e01b26bb1786n, 0x541b19226f0052e8n],
  [512, 0x888d1c8e, 0x4aba1026fb181dc7n, 0x717ea4dbb4b419c1n],
  [513, 0x7035638e, 0x77ece17edea33916n, 0x7e7611a766d8e590n],
  [1023, 0x6c095d21, 0xf62991c66e22d30fn, 0x4e4c866306f8b848n],
  [1024, 0x5f484599, 0xdeeebe7dec99e6a5n, 0xba464919c6bb3ccdn],
  [1025, 0x74becb49, 0x9912c944c9289457n, 0x2aa0034e7827ee42n],
  [1088, 0x77d40b9c, 0x8643df97f07059a2n, 0x6120d50233c9c660n],
  [2049, 0x3ca4eb57, 0x036f12a0c3c02617n, 0xe26adc81a9c9e336n],
  [5000, 0x52b26a1e, 0xc80d3aa53325f212n, 0xe69c7c10fe601e8dn],
];

const input = Uint8Array.from({ length: 5000 }, (_, i) => (i * 7 + Math.floor(i / 251)) & 255);

describe('xxHash', () => {
  it.each(KNOWN)('of %i bytes is the known one', (length, hash32, hash64, hash3) => {
    const bytes = input.subarray(0, length);
    expect(xxHash32(bytes)).toBe(hash32);
    expect(xxHash64(bytes)).toBe(hash64);
    expect(new Xxh3().of(bytes)).toBe(hash3);
  });
});
