/**
 * A client that shows all jobs and machines, as spalloc-machine does: it lists them when it begins
 * to watch them and whenever it is told that one changed.
 */
import type { Json } from "../../../src/protocol/requests/json.js";
import type { SimulatedConnection } from "../connection.js";
import type { World } from "../world.js";

/** What it watches: all jobs, all machines or one machine. */
export type Interest =
  | { readonly kind: "jobs" }
  | { readonly kind: "machines"; readonly name: string | null };

export class Onlooker {
  connection: SimulatedConnection | null = null;
  /** The lists as it last saw them; null until it was answered. */
  jobs: Json | null = null;
  machines: Json | null = null;
  interest: Interest = { kind: "jobs" };

  constructor(
    private readonly world: World,
    readonly name: string,
  ) {}

  connect(interest: Interest): void {
    const connection = this.world.server.connect("10.0.0.99");
    this.connection = connection;
    this.interest = interest;
    connection.onJobChanged = () => this.list();
    connection.onMachineChanged = () => this.list();
    if (interest.kind === "jobs") connection.ask({ command: "notify_job" });
    else connection.ask({ command: "notify_machine", args: [interest.name] });
    this.list();
  }

  vanish(): void {
    if (this.connection) this.world.server.disconnect(this.connection);
    this.disconnected();
  }

  disconnected(): void {
    this.connection = null;
    this.jobs = null;
    this.machines = null;
  }

  private list(): void {
    this.connection?.ask({
      command: "list_jobs",
      returned: (jobs) => {
        this.jobs = jobs;
      },
    });
    this.connection?.ask({
      command: "list_machines",
      returned: (machines) => {
        this.machines = machines;
      },
    });
  }
}
