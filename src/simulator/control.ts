/** HTTP on the loopback interface, for tests and the curious: `GET /state`. */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { Simulator } from "./simulator.js";

const CONTROL_ADDRESS = "127.0.0.1";

/**
 * @param port 0 for any free one
 * Throws the error of the system when the port cannot be had.
 */
export async function startControl(simulator: Simulator, port: number): Promise<Server> {
  const server = createServer((request, response) => {
    const answer = (status: number, body: object) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(`${JSON.stringify(body)}\n`);
    };
    if (request.url !== "/state") answer(404, { error: "there is only /state" });
    else if (request.method !== "GET") answer(405, { error: "/state can only be read (GET)" });
    else answer(200, simulator.state());
  });
  server.listen(port, CONTROL_ADDRESS);
  await once(server, "listening");
  return server;
}
