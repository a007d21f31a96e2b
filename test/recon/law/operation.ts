import type { SeededRandom } from '../../../src/testing/index.ts';
import type { OmModel } from './om-model.ts';

/**
 * Something that a client or a service of the Ozone Manager does. Returns what it was, for a person to read; `undefined` when
 * it was not possible, and nothing has changed.
 */
export type OmOperation = (om: OmModel, random: SeededRandom) => string | undefined;

/** Few names: operations meet each other. Some stand between `key` and `key_` in the order of bytes. */
export const NAMES = ['k', 'k1', 'k10', 'k1-', 'k1_', 'd', 'e'] as const;
