/** Why a source row is set aside, in a rebuild and in a delta. */
export const NO_KEY = 'The key has not the form /volume/bucket/key';
export const NO_BUCKET = 'There is no good row of its bucket';
export const FSO_BUCKET = 'Its bucket is FILE_SYSTEM_OPTIMIZED and keeps no keys here';
export const BUCKET_TAKEN = 'Another bucket has the same object id';
export const TAKEN = 'Another bucket or directory has the same object id';
export const OWN_ANCESTOR = 'The directory is its own ancestor';
