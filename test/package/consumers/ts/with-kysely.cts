import { sqliteStore } from 'staged-reprocessor/kysely';

export const factory: typeof sqliteStore = sqliteStore;
