/** Connections from a loopback address of one's choice: to the server, each address is a host. */
import { createConnection, type Socket } from "node:net";
import { Client } from "../../src/client/client.js";
import { NoServerError } from "../../src/client/index.js";

export function connectFrom(localAddress: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: "127.0.0.1", port, localAddress, noDelay: true });
    const failed = ({ message }: Error) => reject(new NoServerError(`no connection: ${message}`));
    socket.once("error", failed);
    socket.once("connect", () => {
      socket.off("error", failed);
      resolve(socket);
    });
  });
}

export async function clientFrom(localAddress: string, port: number): Promise<Client> {
  return new Client(await connectFrom(localAddress, port), `127.0.0.1, port ${port}`);
}
