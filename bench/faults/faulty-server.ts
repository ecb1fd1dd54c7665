/** A running of real processes whose simulated hardware misbehaves as told. */

import { type Client, connect } from "../../src/client/index.js";
import type { Size } from "../../src/domain/board.js";
import { askServer, type QuarantineList } from "../../src/operator/index.js";
import type { SimulatorState } from "../../src/simulator/state.js";
import { freePort } from "../../test/support/loopback.js";
import { Installation } from "../programs.js";

export interface FaultyServerOptions {
  readonly size: Size;
  /** Of the configuration. */
  readonly seconds: object;
  readonly powerOnMs: number;
  readonly replyMs: number;
  readonly faults: readonly object[];
}

export class FaultyServer {
  readonly #installation: Installation;
  readonly #controlPort: number;
  readonly #port: number;

  static async start(options: FaultyServerOptions): Promise<FaultyServer> {
    const installation = await Installation.make(options.size, options.seconds);
    try {
      const control = await freePort();
      const times = ["--power-on-ms", options.powerOnMs, "--reply-ms", options.replyMs];
      await installation.simulate(...times.map(String), "--control-port", String(control));
      if (options.faults.length > 0) await post(control, options.faults);
      const { port } = await installation.serve();
      return new FaultyServer(installation, control, port);
    } catch (error) {
      installation.end();
      throw error;
    }
  }

  private constructor(installation: Installation, controlPort: number, port: number) {
    this.#installation = installation;
    this.#controlPort = controlPort;
    this.#port = port;
  }

  client(): Promise<Client> {
    return connect("127.0.0.1", this.#port);
  }

  async simulated(): Promise<SimulatorState> {
    const response = await fetch(`http://127.0.0.1:${this.#controlPort}/state`);
    return (await response.json()) as SimulatorState;
  }

  /** More faults, from now on. */
  misbehave(faults: readonly object[]): Promise<void> {
    return post(this.#controlPort, faults);
  }

  async quarantine(): Promise<QuarantineList> {
    const list = await askServer(this.#installation.stateDirectory, "quarantine.list", {});
    // Of this very package.
    return list as QuarantineList;
  }

  end(): void {
    this.#installation.end();
  }
}

async function post(controlPort: number, faults: readonly object[]): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${controlPort}/faults`, {
    method: "POST",
    body: JSON.stringify(faults),
  });
  if (!response.ok) throw new Error(await response.text());
}
