import { isReprocessError } from '../../errors.ts';
import type { SuiteRunner } from '../suite-runner.ts';
import { HostedLife } from './hosted-life.ts';
import { throughHistories } from './law-test.ts';
import type { LawTrial } from './law-trial.ts';
import type { TaskSubject } from './suite-options.ts';

/** The stores themselves in a reprocessor: deltas twice, cut again, cut short by a crash, during rebuilds, and ways back. */
export function hostedTests({ it }: SuiteRunner, subject: TaskSubject): void {
  const hosted = { ...subject, histories: subject.hostedHistories };
  it('in a reprocessor every delta counts once, and its live rows are those of a rebuild at every cut', () =>
    throughHistories(hosted, {
      body: async (trial) => {
        const life = new HostedLife(subject, trial);
        try {
          await live(life, trial, Object.keys(subject.stores));
        } finally {
          await life.close();
        }
      },
    }));
}

async function live(life: HostedLife, trial: LawTrial, stores: readonly string[]): Promise<void> {
  const { history } = trial;
  trial.say(`a rebuild at sequence ${String(history.sequenceAt(0))}`);
  await life.open();
  let at = 0;
  for (const cut of history.cuts(0)) {
    const how = history.random.pick(WAYS);
    trial.say(`the operations through ${String(history.sequenceAt(cut))}: ${how.says}`);
    await how.send(life, { from: at, to: cut, store: history.random.pick(stores) });
    await life.check(cut);
    at = cut;
  }
}

interface Sent {
  readonly from: number;
  readonly to: number;
  readonly store: string;
}

interface Way {
  readonly says: string;
  readonly send: (life: HostedLife, sent: Sent) => Promise<void>;
}

const WAYS: readonly Way[] = [
  {
    says: 'one delta, twice',
    async send(life, { from, to }) {
      await life.reprocessor.consume(life.delta(from, to));
      await life.reprocessor.consume(life.delta(from, to));
    },
  },
  {
    says: 'one delta that begins with what was applied already',
    async send(life, { from, to }) {
      // Two deltas joined, so that what is shuffled stays on its side of what was applied.
      const known = life.delta(Math.max(0, from - 3), from);
      const next = life.delta(from, to);
      const events = [...known.events, ...next.events];
      await life.reprocessor.consume({ ...next, after: known.after, events });
    },
  },
  {
    says: 'two deltas at once',
    async send(life, { from, to }) {
      const middle = from + Math.floor((to - from) / 2);
      const { reprocessor } = life;
      const deltas = [life.delta(from, middle), life.delta(middle, to)];
      await Promise.all(deltas.map((delta) => reprocessor.consume(delta, { durable: false })));
    },
  },
  {
    says: 'one delta that comes during a rebuild',
    async send(life, { from, to }) {
      const { reprocessor, history } = life;
      const source = { openSnapshot: () => history.snapshotAt(from) };
      const running = reprocessor.reprocess({ source, whenRunning: 'join' }).catch((error: unknown) => {
        // What was empty at the snapshot is taken for a fault of the source when the live data has gone on already.
        if (!isReprocessError(error, 'REPROCESS_VERIFY_FAILED')) throw error;
      });
      await Promise.all([running, reprocessor.consume(life.delta(from, to))]);
    },
  },
  {
    says: 'one delta, and a way back to the generation before',
    async send(life, { from, to }) {
      const { reprocessor } = life;
      await reprocessor.consume(life.delta(from, to));
      const [generation] = reprocessor.status().retained;
      if (generation !== undefined) await reprocessor.rollbackTo(generation);
    },
  },
  {
    says: 'one delta, and a crash before its commit',
    send: (life, { from, to, store }) => life.crash(`apply:before:${store}`, life.delta(from, to)),
  },
  {
    says: 'one delta, and a crash after its commit',
    send: (life, { from, to, store }) => life.crash(`apply:after:${store}`, life.delta(from, to)),
  },
];
