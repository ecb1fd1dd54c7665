/**
 * Looks every second whether the state is still this process's, so that a server with nothing to write
 * learns that it is not as well. Who takes the state on another computer replaces the lock; what that
 * one writes may show in the file before it shows in the memory that LMDB has of it.
 */

const EVERY_MS = 1_000;

export interface HolderWatchOptions {
  /** Throws when the state is known to be another's. */
  readonly check: () => void;
  /** Whether the socket of this process is still in the lock. */
  readonly hasLock: () => Promise<boolean>;
  /** Rejects when the file is another's, or gone; resolves when only the lock is. */
  readonly checkFile: () => Promise<void>;
  readonly onLost: (reason: unknown) => void;
  /** Called once: the state is this process's, and nothing keeps others from taking it. */
  readonly onUnlocked: () => void;
}

export class HolderWatch {
  private readonly timer: NodeJS.Timeout;
  private isLooking = false;
  private isEnded = false;
  private wasUnlocked = false;

  constructor(
    private readonly options: HolderWatchOptions,
    everyMs = EVERY_MS,
  ) {
    this.timer = setInterval(() => void this.look(), everyMs).unref();
  }

  end(): void {
    this.isEnded = true;
    clearInterval(this.timer);
  }

  /** One at a time: a disk may be slow. */
  private async look(): Promise<void> {
    if (this.isLooking) return;
    this.isLooking = true;
    try {
      this.options.check();
      if (!this.wasUnlocked && !(await this.options.hasLock())) {
        await this.options.checkFile();
        if (this.isEnded) return;
        this.wasUnlocked = true;
        this.options.onUnlocked();
      }
    } catch (error) {
      if (this.isEnded) return;
      this.options.onLost(error);
    } finally {
      this.isLooking = false;
    }
  }
}
