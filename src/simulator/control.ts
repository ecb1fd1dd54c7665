/**
 * HTTP on the loopback interface, for tests and the curious. Everything is JSON.
 *
 *   GET    /state                        the state of BMPs and boards, and what clients did wrong
 *   GET    /packets?after=N&bmp=ADDRESS  what went over the wire since packet N
 *   POST   /faults                       inject faults, as fault-injection.ts says
 *   DELETE /faults                       end all faults
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { z } from "zod";
import { visible } from "../domain/visible-text.js";
import { check, parseLimitedJson } from "../json/index.js";
import { SimulatorError } from "./error.js";
import { injectFaults } from "./fault-injection.js";
import type { Simulator } from "./simulator.js";

const CONTROL_ADDRESS = "127.0.0.1";
const MAX_BODY_BYTES = 1_000_000;

const packetsQuery = z.strictObject({
  /** The number of a packet. */
  after: z
    .string()
    .regex(/^\d{1,15}$/, "the number of a packet")
    .transform(Number)
    .default(0),
  /** BMP address. */
  bmp: z.string().optional(),
});

interface HttpAnswer {
  readonly status: number;
  readonly body: object;
}

/**
 * @param port 0 for any free one
 * @throws the error of the system when the port cannot be bound.
 */
export async function startControl(simulator: Simulator, port: number): Promise<Server> {
  const server = createServer((request, response) => {
    const send = ({ status, body }: HttpAnswer) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(`${visible(JSON.stringify(body))}\n`);
    };
    // A request may also end before its end, and then nobody hears the answer.
    answerTo(simulator, request).then(send, (error: unknown) => {
      const status = error instanceof SimulatorError ? 400 : 500;
      send({ status, body: { error: error instanceof Error ? error.message : String(error) } });
    });
  });
  server.listen(port, CONTROL_ADDRESS);
  await once(server, "listening");
  return server;
}

async function answerTo(simulator: Simulator, request: IncomingMessage): Promise<HttpAnswer> {
  const { pathname, searchParams } = urlOf(request);
  const ok = (body: object) => ({ status: 200, body });
  switch (`${request.method} ${pathname}`) {
    case "GET /state":
      return ok(simulator.state());
    case "GET /packets": {
      const query = check(packetsQuery, Object.fromEntries(searchParams));
      if (!query.ok) throw new SimulatorError(query.problem);
      const { after, bmp = null } = query.value;
      const { packets } = simulator;
      return ok({ now: packets.now, packets: packets.after(after, bmp) });
    }
    case "POST /faults":
      injectFaults(simulator, jsonOf(await bodyOf(request)));
      return ok({});
    case "DELETE /faults":
      injectFaults(simulator, { heal: true });
      return ok({});
    default:
      return {
        status: ["/state", "/packets", "/faults"].includes(pathname) ? 405 : 404,
        body: {
          error: `${request.method} ${pathname} is not known: there are GET /state, GET /packets, POST /faults and DELETE /faults`,
        },
      };
  }
}

function urlOf({ url = "/" }: IncomingMessage): URL {
  const base = "http://simulator";
  if (URL.canParse(url, base)) return new URL(url, base);
  throw new SimulatorError(`${url} is not a path: there are /state, /packets and /faults`);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    const buffer: Buffer = chunk;
    bytes += buffer.length;
    if (bytes > MAX_BODY_BYTES) throw new SimulatorError("faults: more than 1 MB of them");
    chunks.push(buffer);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function jsonOf(text: string): unknown {
  const json = parseLimitedJson(text);
  if (!json.ok) throw new SimulatorError(`faults: ${json.problem}`);
  return json.value;
}
