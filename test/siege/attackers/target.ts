/** What is attacked, and from where. */
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "../../../src/client/client.js";
import type { Random } from "../../simulation/random.js";
import { connectFrom } from "../connection.js";

export interface Target {
  readonly port: number;
  /** The first two numbers of the addresses of its BMPs, and of those of the attackers. */
  readonly network: string;
  readonly operatorSocket: string;
  /** Of the server; another one after each start. */
  readonly pid: number;
  /** Tells of a job that was acknowledged and that no attacker ends. */
  acknowledged(jobId: number): void;
  /** Tells that from now on the jobs may end, and waits until that is known. */
  released(jobIds: readonly number[]): Promise<void>;
}

export type Attack = (target: Target, random: Random) => Promise<void>;

/** Attackers have a few hosts, honest clients others. */
const HOSTS = 6;

function hostileAddress({ network }: Target, random: Random): string {
  return `${network}.200.${1 + random.below(HOSTS)}`;
}

/** A connection from one of the hostile hosts. That it ends is nobody's concern. */
export async function open(target: Target, random: Random): Promise<Socket> {
  const socket = await connectFrom(hostileAddress(target, random), target.port);
  socket.on("error", () => socket.destroy());
  return socket;
}

/** The same, for requests that are answered. */
export async function openClient(target: Target, random: Random): Promise<Client> {
  return new Client(await open(target, random), "the besieged server");
}

/** Sends it all, however often the server pauses to read; or until it hangs up. */
export async function send(socket: Socket, text: string | Buffer): Promise<void> {
  if (socket.destroyed || socket.write(text)) return;
  await new Promise<void>((resolve) => {
    socket.once("drain", resolve);
    socket.once("close", resolve);
  });
}

/** Lets it answer for a while, reads what comes, and goes. */
export async function readFor(socket: Socket, ms: number): Promise<void> {
  socket.resume();
  await Promise.race([sleep(ms), new Promise((resolve) => socket.once("close", resolve))]);
  socket.destroy();
}
