/** A hostile host: it asks for as much as it can, in bursts, and means to leave nothing to the others. */
import type { Random } from "../random.js";
import type { CreateArguments } from "../requests.js";
import type { World } from "../world.js";
import { Owner } from "./owner.js";

/** Jobs that it creates in one run: many times what the machines hold. */
const MOST_JOBS = 40;

const KINDS: readonly CreateArguments["args"][] = [[4, 2], [3, 3], [2, 1], [12], [3], [1]];

export class Flood {
  readonly owner: Owner;
  private jobs = 0;
  /** It goes on asking for the same, or for whatever there is. */
  private readonly kinds: readonly CreateArguments["args"][];

  constructor(
    private readonly world: World,
    private readonly random: Random,
  ) {
    this.owner = new Owner(world, "hostile", "10.0.0.66");
    this.kinds = random.pick([...KINDS.map((kind) => [kind]), KINDS]);
  }

  /** From time to time it does something, in steps of its own. */
  next(): void {
    const { owner, random, world } = this;
    if (owner.connection === null) {
      if (world.stopping === "no" && random.chance(0.2)) {
        world.step(
          () => "hostile connects",
          () => owner.connect(true),
        );
      }
    } else if (this.jobs < MOST_JOBS && random.chance(0.1)) this.burst();
    else if (random.chance(0.3)) this.read();
  }

  private burst(): void {
    const { owner, random, world } = this;
    const count = Math.min(MOST_JOBS - this.jobs, 5 + random.below(20));
    this.jobs += count;
    world.step(
      () => `hostile creates ${count} jobs`,
      () => {
        for (let n = 0; n < count; n++) {
          owner.create({
            args: random.pick(this.kinds),
            kwargs: { owner: "hostile", keepalive: null },
          });
        }
      },
    );
  }

  private read(): void {
    const inbox = this.owner.connection?.inbox ?? [];
    if (inbox.length === 0) return;
    this.world.step(
      () => `hostile reads ${inbox.length} messages`,
      () => {
        for (const message of inbox.splice(0)) message();
      },
    );
  }
}
