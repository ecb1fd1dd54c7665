/** What clients do of their own accord, drawn from the seed. */
import type { Random } from "../random.js";
import { randomArguments } from "../requests.js";
import type { World } from "../world.js";
import type { Onlooker } from "./onlooker.js";
import { Owner } from "./owner.js";

export class ClientActions {
  constructor(
    private readonly world: World,
    private readonly random: Random,
    private readonly owners: readonly Owner[],
    private readonly onlookers: readonly Onlooker[],
  ) {}

  create(): void {
    const owner = this.random.pick(this.owners);
    if (owner.connection === null) return;
    const request = randomArguments(this.random, owner.name);
    this.say(owner, `creates a job: ${JSON.stringify(request)}`, () => owner.create(request));
  }

  destroy(): void {
    this.withJob((owner, jobId) =>
      this.say(owner, `destroys job ${jobId}`, () => owner.destroy(jobId)),
    );
  }

  command(name: string): void {
    this.withJob((owner, jobId) =>
      this.say(owner, `sends ${name} for job ${jobId}`, () => owner.send(name, jobId)),
    );
  }

  rewatch(): void {
    this.withJob((owner, jobId) => {
      if (owner.watched.has(jobId)) {
        this.say(owner, `ends its watch of job ${jobId}`, () => owner.unwatch(jobId));
      } else this.say(owner, `watches job ${jobId} again`, () => owner.watch(jobId));
    });
  }

  whereIs(): void {
    this.withJob((owner, jobId) => {
      const ask = { command: "where_is", kwargs: { job_id: jobId, chip_x: 0, chip_y: 0 } };
      this.say(owner, `asks where job ${jobId} is`, () => owner.connection?.ask(ask));
    });
  }

  vanish(): void {
    const { random } = this;
    const client = random.pick([...this.owners, ...this.onlookers]);
    if (client.connection === null) return;
    const forgets = client instanceof Owner && random.chance(0.3);
    this.say(client, forgets ? "is gone for good" : "vanishes", () => {
      client.vanish();
      if (forgets) client.forget();
    });
  }

  connect(): void {
    const { random, world } = this;
    const clients = [...this.owners, ...this.onlookers].filter(({ connection }) => !connection);
    if (clients.length === 0 || world.stopping !== "no") return;
    const client = random.pick(clients);
    const interest = random.pick([
      { kind: "jobs" } as const,
      { kind: "machines", name: random.pick(["m", "n", null]) } as const,
    ]);
    this.say(client, "connects", () => {
      if (client instanceof Owner) client.connect(random.chance(0.7));
      else client.connect(interest);
    });
  }

  /** A client reads what was sent to it: one message, or all. */
  read(): void {
    const { random } = this;
    const clients = [...this.owners, ...this.onlookers].filter(
      ({ connection }) => connection && connection.inbox.length > 0,
    );
    if (clients.length === 0) return;
    const client = random.pick(clients);
    const inbox = client.connection!.inbox;
    const count = random.chance(0.3) ? 1 : inbox.length;
    this.say(client, `reads ${count} of ${inbox.length} messages`, () => {
      for (const message of inbox.splice(0, count)) message();
    });
  }

  private withJob(act: (owner: Owner, jobId: number) => void): void {
    const owner = this.random.pick(this.owners);
    if (owner.connection === null || owner.jobs.size === 0) return;
    act(owner, this.random.pick([...owner.jobs.keys()]));
  }

  private say({ name }: { readonly name: string }, what: string, happen: () => void): void {
    this.world.step(() => `${name} ${what}`, happen);
  }
}
