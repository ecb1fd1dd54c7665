/**
 * UDP sockets that are connected to a BMP: the kernel drops what comes from another address or port, and
 * says when nothing listens at the other end. The local port is one that the kernel chooses at random,
 * and not one of those that were used for the BMP lately: who forges replies has to find it anew.
 */
import { createSocket, type Socket } from "node:dgram";
import type { IpAddress } from "./address.js";
import { BmpError } from "./errors.js";
import { describeNetworkError } from "./network-errors.js";

const MOST_REMEMBERED = 16;
const MOST_TRIES = 8;

export class LocalPorts {
  /** By IP address of the BMP, oldest first. */
  readonly #lately = new Map<string, number[]>();

  /** Throws {@link BmpError} when no socket can be opened to that address. */
  async openSocket(address: IpAddress, port: number): Promise<Socket> {
    const lately = this.#lately.get(address.ip) ?? [];
    const passed: Socket[] = [];
    try {
      for (;;) {
        const socket = await connectedSocket(address, port);
        const local = socket.address().port;
        if (lately.includes(local) && passed.length < MOST_TRIES) {
          passed.push(socket);
          continue;
        }
        this.#lately.set(address.ip, [...lately, local].slice(-MOST_REMEMBERED));
        return socket;
      }
    } finally {
      for (const socket of passed) socket.close();
    }
  }
}

function connectedSocket({ ip, family }: IpAddress, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(family === 6 ? "udp6" : "udp4");
    const fail = (error: Error) => {
      socket.close();
      const message = `no socket could be opened to it: ${describeNetworkError(error)}`;
      reject(new BmpError("unreachable", message, { cause: error }));
    };
    socket.once("error", fail);
    socket.connect(port, ip, (error?: Error) => {
      socket.off("error", fail);
      if (error !== undefined && error !== null) fail(error);
      else resolve(socket);
    });
  });
}
