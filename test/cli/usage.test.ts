import { describe, expect, it } from 'vitest';
import { fixtures, Folder, run } from './command-line.ts';

const commands = ['recon rebuild', 'recon summary', 'recon du', 'recon dist', 'status', 'diagnose', 'dump'];

describe('the command line', () => {
  it('shows all commands, their exit codes and its version', async () => {
    const help = await run(['--help']);
    expect(help).toMatchObject({ code: 0, stderr: '' });
    for (const command of commands) expect(help.stdout).toContain(`\n  ${command} `);
    expect(help.stdout).toContain('130  interrupted');
    expect(await run(['--version'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/u) as unknown,
    });
    expect((await run(['recon', '--help'])).stdout).not.toContain('diagnose');
  });

  it.each(commands)('%s --help needs nothing else', async (command) => {
    const help = await run([...command.split(' '), '--bogus', '--help']);
    expect(help).toMatchObject({ code: 0, stderr: '' });
    expect(help.stdout).toMatch(new RegExp(`^Usage: staged-reprocessor ${command} [A-Z]`, 'u'));
    expect(help.stdout).toContain('Exit codes:');
  });

  it.each([
    [[], 'Expected a command: recon rebuild, '],
    [['foo'], 'Unknown command `foo`: expected one of recon rebuild, '],
    [['recon', 'foo'], 'Unknown command `recon foo`'],
    [['--bogus'], 'Unknown option `--bogus`'],
    [['dump'], 'Expected DIR to be given: the data directory'],
    [['dump', ''], 'Expected DIR not to be empty'],
    [['dump', 'a', 'b'], 'Unexpected argument `b`: expected only DIR'],
    [['status', 'a', '--bogus'], 'Unknown option `--bogus`: expected one of --json, '],
    [['status', 'a', '--json=yes'], 'Expected `--json` to have no value, got `yes`'],
    [['recon', 'du', '/'], 'Expected `--data-dir DIR` to be given'],
    [['recon', 'du', '/', '--data-dir', '--json'], 'Expected `--data-dir` to be followed by DIR'],
    [
      ['recon', 'du', '/', '--data-dir', 'a', '-l', 'x'],
      'Expected `--limit` to be a whole number of at least 1, got `x`',
    ],
    [
      ['recon', 'rebuild', 'a', '--data-dir', 'b', '--max-shrink', '2'],
      'Expected `--max-shrink` to be a number from 0 to 1, got `2`',
    ],
    [
      ['recon', 'rebuild', 'a', '--data-dir', 'b', '--verify', 'all'],
      'Expected `--verify` to be standard or full, got `all`',
    ],
  ])('%j is wrong', async (args, message) => {
    const wrong = await run(args);
    expect(wrong).toMatchObject({ code: 2, stdout: '' });
    expect(wrong.stderr).toContain(`staged-reprocessor: ${message}`);
    expect(wrong.stderr).toMatch(/^Try: staged-reprocessor .*--help$/mu);
  });

  it.each(['status', 'diagnose', 'dump', 'recon summary'])('%s makes no directory', async (command) => {
    using folder = new Folder();
    const missing = folder.file('missing');
    const args = command.startsWith('recon') ? ['/', '--data-dir', missing] : [missing];
    const refused = await run([...command.split(' '), ...args]);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(/REPROCESS_NOT_READY: .+missing does not exist/u);
    const empty = await run([
      ...command.split(' '),
      ...args.map((arg) => (arg === missing ? fixtures : arg)),
    ]);
    expect(empty.stderr).toContain('holds no data of this library');
  });
});
