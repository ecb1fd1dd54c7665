/** Why no server answers at a state directory: what is there, and who has it open. */
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createConnection } from "node:net";
import { dirname, join } from "node:path";
import { type NoServerError, operatorSocketPath } from "../operator/index.js";
import { readSnapshot, type Snapshot, StateError } from "../store/index.js";
import { isoSeconds } from "./times.js";

type Holder = NonNullable<Snapshot["holder"]>;

/** A sentence that says so, and what to do. */
export async function whyNoServer(error: NoServerError): Promise<string> {
  const { stateDirectory: directory, systemCode, message } = error;
  if (!existsSync(directory)) {
    return `there is no state directory ${directory}: name the one of the server (its --state-dir), or its configuration if the state is next to that`;
  }
  if (systemCode === "EACCES" || systemCode === "EPERM") {
    return `the operator's socket in ${directory} is for another user: run this as the user whom the server runs as`;
  }
  let snapshot: Snapshot;
  try {
    snapshot = await readSnapshot(directory);
  } catch (reason) {
    if (!(reason instanceof StateError)) throw reason;
    return `no server is running on ${directory}, as far as can be seen: ${reason.message}`;
  }
  const { holder } = snapshot;
  if (holder === null) {
    return `no server is running on the state directory ${directory}: the last one stopped in order`;
  }
  const who = `process ${holder.pid} on ${holder.host}, since ${isoSeconds(holder.sinceMs)}`;
  if (holder.life === "gone") {
    return `no server is running on the state directory ${directory}: the last one (${who}) ended without closing it`;
  }
  if (holder.life === "copied") {
    return `no server is running on the state directory ${directory}: it is a copy of ${holder.state?.directory}, made while ${who} had that open`;
  }
  return answersNot(directory, holder, { who, systemCode, message });
}

async function answersNot(
  directory: string,
  { life }: Holder,
  {
    who,
    systemCode,
    message,
  }: { readonly who: string; readonly systemCode: string | null; readonly message: string },
): Promise<string> {
  if (await isAnswered(olderSocket(directory))) {
    return `the server on the state directory ${directory} (${who}) is of an older version, which this program cannot ask: use the program of that version, or stop the server and start it with this one`;
  }
  if (life === "unknown" || life === "elsewhere") {
    const where = life === "unknown" ? "in another container, or hidden" : "on another computer";
    return `no server answers on the state directory ${directory}, which ${who} has open; whether that one still runs cannot be seen from here (it is ${where}): ask from where it runs`;
  }
  return systemCode === "ENOENT"
    ? `the server on the state directory ${directory} (${who}) runs, but has no operator's socket: it was deleted, or could not be made at the start, and then the log says why. Jobs and clients are not concerned; start the server again to have one`
    : `the server on the state directory ${directory} (${who}) runs, but cannot be asked: it may be starting or stopping. If that goes on, see its log. (${message})`;
}

/** Where servers of version 0.1.0 have it. */
function olderSocket(directory: string): string {
  return join(dirname(operatorSocketPath(directory)), "admin.sock");
}

async function isAnswered(path: string): Promise<boolean> {
  const socket = createConnection(path);
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
