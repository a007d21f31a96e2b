import { join, resolve } from 'node:path';

/** The names under a data directory, in one place. */
export class DataDirectory {
  readonly path: string;

  constructor(path: string) {
    this.path = resolve(path);
  }

  get control(): string {
    return join(this.path, 'control');
  }

  get stores(): string {
    return join(this.path, 'stores');
  }

  store(name: string): string {
    return join(this.stores, name);
  }

  /** The delta log. */
  get log(): string {
    return join(this.path, 'log');
  }

  get owner(): string {
    return join(this.path, 'owner.json');
  }

  get status(): string {
    return join(this.path, 'status.json');
  }

  /** For sorted runs and extracted archives; emptied at every open. */
  get scratch(): string {
    return join(this.path, 'scratch');
  }
}
