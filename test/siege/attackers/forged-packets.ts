/** Packets to the server that look like replies of its BMPs, and are not. */
import { createSocket } from "node:dgram";
import { setTimeout as sleep } from "node:timers/promises";
import { udpPorts } from "../../support/process-facts.js";
import type { Attack } from "./target.js";

const REPLY = { flags: 0x07, tag: 0xff, ok: 0x80 };
const PACKETS = 1_500;
const PACKETS_AT_ONCE = 100;

/** From the address of a BMP, but another port; or from elsewhere. */
export const forgedPackets: Attack = async ({ pid, network }, random) => {
  const ports = udpPorts(pid);
  if (ports.length === 0) return;
  const socket = createSocket("udp4");
  // Of a port that was closed meanwhile.
  socket.on("error", () => {});
  const from = random.pick([`${network}.1.0`, `${network}.64.0`, `${network}.200.1`]);
  await new Promise<void>((resolve) => socket.bind({ address: from, port: 0 }, resolve));
  try {
    for (let n = 0; n < PACKETS; n++) {
      const packet = Buffer.alloc(random.pick([0, 13, 14, 26, 282, 1400]));
      for (let at = 0; at < packet.length; at++) packet[at] = random.below(256);
      if (packet.length > 13) {
        packet[2] = REPLY.flags;
        packet[3] = REPLY.tag;
        packet.writeUInt16LE(random.pick([REPLY.ok, 0x81, random.below(0x10000)]), 10);
        packet.writeUInt16LE(random.below(random.pick([8, 0x10000])), 12);
      }
      socket.send(packet, random.pick(ports), "127.0.0.1");
      if (n % PACKETS_AT_ONCE === 0) await sleep(5);
    }
  } finally {
    socket.close();
  }
};
