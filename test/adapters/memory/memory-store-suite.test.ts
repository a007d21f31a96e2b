import { describe, it } from 'vitest';
import { storeSuite } from '../../../src/testing/index.ts';
import { memorySubject } from '../../testing/memory-subject.ts';

storeSuite(
  { describe, it },
  { name: 'memory', supports: { durable: false, adopt: false }, create: async () => memorySubject() },
);
