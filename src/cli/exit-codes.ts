/** What the process returns; the text stands in every `--help`. */
export const EXIT = { ok: 0, failed: 1, usage: 2, wrong: 3 } as const;

export const EXIT_CODES_HELP = `Exit codes:
  0    done
  1    failed, refused (verification, shrink guard), not found, or not healthy
  2    the command line, or a table file given to \`recon check\`, is wrong
  3    \`recon check\` has found wrong rows
  130  interrupted (SIGINT); 143: ended (SIGTERM). What was going on was undone.`;
