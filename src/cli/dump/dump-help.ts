export const JSON_DUMP_HELP = `Prints {"store","table","key","value"} for each row of a LevelDB table, key and value in hexadecimal, and
{"store","table","row"} for each row of an SQL table, 64-bit numbers as decimal strings; both in the order of the keys.
With --decode key and value of Recon's tables are objects. Private tables of tasks are left out.
Takes the lock, changes no row.`;
