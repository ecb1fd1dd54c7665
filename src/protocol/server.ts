/** The line protocol's server: listens, keeps the connections, and passes on what the engine reports. */
import { createServer, type Server as NetServer, type Socket } from "node:net";
import ipaddr from "ipaddr.js";
import type { ClientLimits } from "../config/client-limits.js";
import type { EngineApi } from "../engine/contract/api.js";
import type { Log } from "../engine/contract/log.js";
import { type Changes, changesIn } from "./changes.js";
import { Arrivals } from "./connection/arrivals.js";
import { BufferedBytes } from "./connection/buffered-bytes.js";
import { Connection, type ConnectionServices } from "./connection/connection.js";
import { DEFAULT_LIMITS, type Limits } from "./connection/limits.js";
import { affordableConnections, openFilesLimit } from "./connection/open-files.js";
import { Tally } from "./connection/tally.js";
import { TimeSlices } from "./connection/time-slices.js";
import { contextOf, forget } from "./context.js";
import { HostConnections } from "./hosts/connections.js";
import type { Host } from "./hosts/host.js";
import type { Context } from "./requests/command.js";

/** Connections that may wait to be accepted: all clients of a facility may come back at once. */
const DEFAULT_BACKLOG = 4096;

export interface ServerOptions {
  readonly engine: EngineApi;
  /** Address to listen on; empty for all interfaces. */
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly log: Log;
  readonly backlog?: number;
  readonly limits?: Partial<Limits>;
  /** Files and sockets that the process has, or needs, for other things than clients; see {@link Server.limit}. */
  readonly ownFiles?: number;
  /** Milliseconds, by which the thread is shared out; those of the system by default. */
  readonly now?: () => number;
}

/**
 * Starts to listen.
 *
 * @throws the system's error when the address cannot be bound.
 */
export async function startServer(options: ServerOptions): Promise<Server> {
  const server = new Server(options);
  await server.listen();
  return server;
}

export class Server implements ConnectionServices {
  readonly context: Context;
  readonly log: Log;
  readonly timeSlices: TimeSlices;
  private readonly arrivals: Arrivals;
  readonly bufferedBytes = new BufferedBytes<Connection>(
    () => this.limits,
    () => this.context.jobList.staleBytes + this.context.machineList.staleBytes,
  );
  limits: Limits;
  private readonly connections = new HostConnections<Connection>();
  /** How many connections there may be. */
  private mostConnections = 0;
  private readonly unsubscribe: () => void;
  private readonly refusals: Tally;
  private readonly displacements: Tally;
  private listener: NetServer | null = null;
  private host: string;
  private port: number;
  private ownFiles: number;

  constructor(private readonly options: ServerOptions) {
    this.limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.log = options.log;
    this.host = options.host;
    this.port = options.port;
    this.ownFiles = options.ownFiles ?? 0;
    this.refusals = new Tally(
      options.log,
      "client refused: too many connections (clientLimits.connections)",
    );
    this.displacements = new Tally(
      options.log,
      "client that is idle disconnected, to give place to another: too many connections (clientLimits.connections)",
    );
    this.context = contextOf(options.engine, () => this.limits);
    const now = options.now ?? (() => performance.now());
    this.arrivals = new Arrivals(now);
    this.timeSlices = new TimeSlices({
      roundMs: () => this.limits.sliceMs,
      isOneHost: () => this.connections.isOneHost,
      areManyArriving: (at) => this.arrivals.areMany(at),
      now,
    });
    const { jobWatches, machineWatches } = this.context;
    this.unsubscribe = options.engine.subscribe((events) => {
      if (jobWatches.isEmpty && machineWatches.isEmpty) return;
      const changes = changesIn(events);
      if (changes !== null) this.notify(changes);
    });
  }

  /** Opens the listening socket. */
  async listen(): Promise<void> {
    this.listener = await this.bind(this.host);
    this.options.log.info(this.address, "listening");
  }

  /** Where clients can connect; the host is empty for all interfaces. */
  get address(): { readonly host: string; readonly port: number } {
    return { host: this.host, port: this.port };
  }

  get connectionCount(): number {
    return this.connections.size;
  }

  /**
   * Sets the limits of all clients, including those that are connected.
   *
   * @param ownFiles files and sockets that the process needs for other things than clients
   */
  limit(limits: ClientLimits, ownFiles = this.ownFiles): void {
    this.ownFiles = ownFiles;
    this.limits = { ...this.limits, ...limits };
    this.mostConnections = this.affordableConnections();
  }

  private notify({ jobs, machines }: Changes): void {
    const { engine, jobWatches, machineWatches } = this.context;
    jobWatches.forEachWatcher(jobs, (watcher, jobIds) => watcher.jobsChanged(jobIds));
    machineWatches.forEachWatcher(machines, (watcher, names) => watcher.machinesChanged(names));
    // Jobs that have ended for good do not change again: watches of them can go.
    const durable = engine.durableMark();
    for (const jobId of jobs) {
      if (!jobWatches.isWatchedSingly(jobId)) continue;
      const job = engine.job(jobId);
      if (job === undefined || (!("state" in job) && job.mark <= durable)) jobWatches.forget(jobId);
    }
  }

  /**
   * Moves to another address and disconnects the clients of the old one. When the new one cannot be
   * bound everything stays as it was.
   *
   * @throws the system's error when the new address cannot be bound.
   */
  async rebind(host: string): Promise<void> {
    if (host === this.host) return;
    const next = await this.bindBesideOrInstead(host);
    this.listener?.close();
    this.listener = next;
    this.host = host;
    this.options.log.info(this.address, "listening");
    this.disconnectAll();
  }

  /** Accepts no more clients; those that are connected stay. */
  stopAccepting(): void {
    this.listener?.close();
    this.listener = null;
  }

  /** Accepts no more clients and disconnects the others. */
  close(): void {
    this.unsubscribe();
    this.stopAccepting();
    this.disconnectAll();
  }

  private disconnectAll(): void {
    for (const connection of this.connections) connection.destroy();
  }

  /** Binds the new address before the old is closed, or after, where the two exclude each other. */
  private async bindBesideOrInstead(host: string): Promise<NetServer> {
    try {
      return await this.bind(host);
    } catch (error) {
      if (!isAddressInUse(error) || this.listener === null) throw error;
      this.stopAccepting();
      try {
        return await this.bind(host);
      } catch (secondError) {
        this.listener = await this.bind(this.host);
        throw secondError;
      }
    }
  }

  private bind(host: string): Promise<NetServer> {
    const { backlog = DEFAULT_BACKLOG, log } = this.options;
    // A client that has closed its side may still be waiting for answers.
    const listener = createServer({ allowHalfOpen: true });
    this.mostConnections = this.affordableConnections();
    listener.on("connection", (socket) => this.accept(socket));
    return new Promise((resolve, reject) => {
      listener.once("error", reject);
      listener.listen({ port: this.port, backlog, ...(host !== "" && { host }) }, () => {
        listener.off("error", reject);
        listener.on("error", (err) =>
          log.error(
            { err },
            "a client could not be accepted; the others are served. Check the limit on open files (ulimit -n)",
          ),
        );
        const address = listener.address();
        if (typeof address === "object" && address !== null) this.port = address.port;
        resolve(listener);
      });
    });
  }

  private accept(socket: Socket): void {
    this.arrivals.add();
    const { remoteAddress } = socket;
    if (remoteAddress === undefined) {
      socket.destroy();
      return;
    }
    const address = plainAddress(remoteAddress);
    const host = this.connections.hostOf(address);
    if (this.connections.size >= this.mostConnections && !this.makePlace(host)) {
      socket.destroy();
      return;
    }
    this.connections.add(new Connection(socket, host, { kind: "client", host: address }, this));
  }

  /** Makes place for one more connection. Returns false where it is to be refused. */
  private makePlace(newcomer: Host): boolean {
    const giving = this.connections.givingPlaceTo(newcomer);
    const limit = this.mostConnections;
    if (giving === null) {
      this.refusals.add({ client: newcomer.address, limit });
      return false;
    }
    this.displacements.add({ client: giving.host.address, for: newcomer.address, limit });
    this.connections.remove(giving);
    giving.destroy();
    return true;
  }

  spoke(connection: Connection): void {
    this.connections.spoke(connection);
  }

  closed(connection: Connection): void {
    this.connections.remove(connection);
    this.bufferedBytes.forget(connection);
    forget(this.context, connection);
  }

  /** As many as are configured, or fewer where the process may not open as many sockets. */
  private affordableConnections(): number {
    const { connections } = this.limits;
    const openFiles = openFilesLimit();
    const affordable = affordableConnections(connections, openFiles, this.ownFiles);
    if (affordable < connections) {
      this.log.warn(
        { connections, affordable, openFiles },
        `only ${affordable} clients can be connected at once: the process may open ${openFiles} ` +
          `files; raise that limit (ulimit -n, LimitNOFILE=) or lower clientLimits.connections`,
      );
    }
    return affordable;
  }
}

function isAddressInUse(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EADDRINUSE";
}

/** The address as people write it: an IPv4 client of a dual-stack socket has an IPv4 address. */
function plainAddress(address: string): string {
  return ipaddr.isValid(address) ? ipaddr.process(address).toString() : address;
}
