/** The real commands on the real engine, in a world in which everything happens at once. */
import type { ConfigurationDescription } from "../../../src/config/description.js";
import type { MachineDescription } from "../../../src/domain/machine.js";
import type { Answer } from "../../../src/protocol/answers/answer.js";
import { dispatch } from "../../../src/protocol/requests/dispatch.js";
import type { Json, JsonObject } from "../../../src/protocol/requests/json.js";
import { EngineHarness } from "../../engine/engine-harness.js";
import { configuration, machine } from "../../engine/fixtures.js";
import type { SimulatedConnection } from "../../simulation/connection.js";
import { SimulatedServer } from "../../simulation/server.js";

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const nobody = { asked() {}, answered: () => 0, sent() {}, lost() {}, told() {} };

const MACHINES = [
  machine("m", 4, 2, { tags: ["default", "big"] }),
  machine("t", 1, 1, { cabinet: 1, tags: ["three"] }),
];

export class Talk {
  readonly world: EngineHarness;
  private server: SimulatedServer;

  constructor(
    machines: readonly MachineDescription[] = MACHINES,
    more: Partial<ConfigurationDescription> = {},
  ) {
    this.world = new EngineHarness(configuration(machines, { secondsBeforeFree: 0, ...more }));
    this.server = this.serve();
  }

  private serve(): SimulatedServer {
    return new SimulatedServer(this.world.engine, nobody, quiet);
  }

  connect(host = "10.0.0.1"): Peer {
    const { server } = this;
    return new Peer(this.world, server, server.connect(host));
  }

  /** The server is killed and started again: all connections are gone. */
  restart(): void {
    this.world.crash();
    this.world.settle();
    this.server = this.serve();
  }
}

export class Peer {
  private notified: (number | string)[] = [];

  constructor(
    private readonly world: EngineHarness,
    private readonly server: SimulatedServer,
    private readonly connection: SimulatedConnection,
  ) {
    connection.onJobChanged = (jobId) => void this.notified.push(jobId);
    connection.onMachineChanged = (name) => void this.notified.push(name);
  }

  /** Sends a line; everything that comes of it happens. */
  say(line: string, settle: Parameters<EngineHarness["settle"]>[0] = {}): JsonObject {
    let answer: Answer | undefined;
    const now = dispatch(line, this.server.context, this.connection, quiet);
    if (typeof now !== "function") answer = now;
    else {
      now((later) => {
        answer = later;
      });
    }
    this.world.settle(settle);
    this.read();
    if (answer === undefined) throw new Error(`no answer to ${line}`);
    answer.delivery?.written();
    return JSON.parse(answer.line);
  }

  /** Sends a line; nothing comes of it yet. */
  send(line: string): void {
    const { command, args = [], kwargs = {} } = JSON.parse(line);
    this.connection.ask({ command, args, kwargs });
  }

  /** Sends a line and is gone before its answer. */
  sayAndLeave(line: string): void {
    this.send(line);
    this.leave();
    this.world.settle();
  }

  ask(command: string, args: readonly Json[] = [], kwargs: JsonObject = {}): JsonObject {
    return this.say(JSON.stringify({ command, args, kwargs }));
  }

  /** The returned value. */
  call(command: string, args: readonly Json[] = [], kwargs: JsonObject = {}): Json {
    const answer = this.ask(command, args, kwargs);
    if (!("return" in answer)) throw new Error(`${command}: ${JSON.stringify(answer)}`);
    return answer["return"]!;
  }

  create(args: readonly Json[] = [], kwargs: JsonObject = {}): number {
    return Number(this.call("create_job", args, { owner: "me", keepalive: null, ...kwargs }));
  }

  state(jobId: Json): JsonObject {
    return this.call("get_job_state", [jobId]) as JsonObject;
  }

  info(jobId: Json): JsonObject {
    return this.call("get_job_machine_info", [jobId]) as JsonObject;
  }

  jobs(): JsonObject[] {
    return this.call("list_jobs") as JsonObject[];
  }

  /** What it was notified of since it was last asked, in order. */
  takeNotified(): (number | string)[] {
    this.read();
    const { notified } = this;
    this.notified = [];
    return notified;
  }

  leave(): void {
    this.server.disconnect(this.connection);
  }

  private read(): void {
    for (const message of this.connection.inbox.splice(0)) message();
  }
}
