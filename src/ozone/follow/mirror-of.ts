import type { SourcePosition } from '../../source/delta.ts';

/**
 * The `id` of the mirror's copy that a reprocessor's data comes from, by the cursor that came with its snapshot and deltas.
 * `undefined` when it comes from none. For `OmMirror.settle`.
 *
 * @public
 */
export function mirrorOf(reprocessor: { position(): SourcePosition | undefined }): string | undefined {
  const cursor = reprocessor.position()?.cursor;
  if (typeof cursor !== 'object' || cursor === null || !('mirror' in cursor)) return undefined;
  return typeof cursor.mirror === 'string' ? cursor.mirror : undefined;
}
