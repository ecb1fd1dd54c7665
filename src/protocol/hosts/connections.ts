/**
 * The connections of all hosts, as many as there may be. When all are taken, one more is given place:
 *
 *   1  by a connection that has never sent a request, of the host with the most of these: the oldest, if
 *      it has had time to, or no host has more connections than its own
 *   2  by one of the host with the most connections, if that still has more than the newcomer's: one
 *      that has been idle for long
 *
 * So a host that is alone may have all connections, and while others want some, each can get as many as
 * any other. Otherwise the newcomer is refused.
 */

import { Ranking } from "../../domain/ranking.js";
import { Host } from "./host.js";

export interface HostConnection {
  readonly host: Host;
  /** When it was accepted, as performance.now() says it. */
  readonly acceptedAt: number;
  /** Whether it has sent a request. */
  readonly hasSpoken: boolean;
  /** Whether requests or answers of it are under way. */
  readonly isBusy: boolean;
  /** Whether it has been read from since this was set to false. */
  wasRead: boolean;
}

/** How long a client may take to send its first request before it is taken for one that will not. */
const SILENT_MS = 1000;
/** Connections of a host that are looked at for an idle one. */
const MOST_LOOKED_AT = 64;

export class HostConnections<C extends HostConnection> {
  private readonly hosts = new Map<string, Host>();
  /** By host: all, and those that have not spoken; the oldest first, or those read from longest ago. */
  private readonly all = new Map<Host, Set<C>>();
  private readonly silent = new Map<Host, Set<C>>();
  private readonly ranking = new Ranking<Host>();
  private readonly silentRanking = new Ranking<Host>();
  private count = 0;

  get size(): number {
    return this.count;
  }

  /** Whether all connections are of one host. */
  get isOneHost(): boolean {
    return this.hosts.size <= 1;
  }

  *[Symbol.iterator](): Iterator<C> {
    for (const connections of this.all.values()) yield* connections;
  }

  /** The host with that address, to give to {@link add}. */
  hostOf(address: string): Host {
    return this.hosts.get(address) ?? new Host(address);
  }

  add(connection: C): void {
    const { host } = connection;
    this.hosts.set(host.address, host);
    this.count++;
    addTo(this.all, host, connection);
    addTo(this.silent, host, connection);
    this.ranking.increase(host);
    this.silentRanking.increase(host);
  }

  /** It has sent its first request. */
  spoke(connection: C): void {
    const { host } = connection;
    if (removeFrom(this.silent, host, connection)) this.silentRanking.decrease(host);
  }

  remove(connection: C): void {
    const { host } = connection;
    this.spoke(connection);
    if (!removeFrom(this.all, host, connection)) return;
    this.count--;
    this.ranking.decrease(host);
    if (!this.all.has(host)) this.hosts.delete(host.address);
  }

  /** The connection that gives place to one more of that host; null where that is to be refused. */
  givingPlaceTo(newcomer: Host, now = performance.now()): C | null {
    const { ranking } = this;
    const own = ranking.countOf(newcomer);
    const largest = ranking.highest;
    if (largest === undefined) return null;
    const most = ranking.countOf(largest);
    const mostSilent = this.silentRanking.highest;
    if (mostSilent !== undefined) {
      const silent = first(this.silent.get(mostSilent)!);
      const hadTime = now - silent.acceptedAt > SILENT_MS;
      if (hadTime) return silent;
      const ofIts = ranking.countOf(mostSilent);
      if (ofIts > own + 1 && ofIts === most) return silent;
    }
    return most > own + 1 ? longIdle(this.all.get(largest)!) : null;
  }
}

/** One that is idle, and was not read from since it was looked at last; the next one where there is none. */
function longIdle<C extends HostConnection>(connections: Set<C>): C {
  for (let looked = 0; looked < MOST_LOOKED_AT; looked++) {
    const connection = first(connections);
    if (!connection.wasRead && !connection.isBusy) return connection;
    connection.wasRead = false;
    connections.delete(connection);
    connections.add(connection);
  }
  return first(connections);
}

function first<T>(things: Set<T>): T {
  return things.values().next().value!;
}

function addTo<C>(sets: Map<Host, Set<C>>, host: Host, connection: C): void {
  const set = sets.get(host);
  if (set === undefined) sets.set(host, new Set([connection]));
  else set.add(connection);
}

function removeFrom<C>(sets: Map<Host, Set<C>>, host: Host, connection: C): boolean {
  const set = sets.get(host);
  if (set === undefined || !set.delete(connection)) return false;
  if (set.size === 0) sets.delete(host);
  return true;
}
