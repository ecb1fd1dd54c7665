/**
 * What the BMPs were at when the server was killed, told from the packets that each had got by then:
 *
 *   probe ─► power-on ─► settle ─► check ─► links          power-off
 *
 * A packet stands for its step until the next one is due; what is older says that the BMP had nothing to do.
 */
import type { PacketEntry } from "../../src/simulator/packet-log.js";

export const STEPS = ["probe", "power-on", "settle", "check", "links", "power-off"] as const;
export type Step = (typeof STEPS)[number];

/** Between two packets of one step: the server may be busy, and what it sends was on its way. */
const NEXT_PACKET_MS = 10;

export interface StepTimes {
  readonly powerOnMs: number;
  readonly settleMs: number;
}

/** The steps that the BMPs were in at that moment of the simulator's clock. */
export function stepsAt(
  now: number,
  packets: readonly PacketEntry[],
  times: StepTimes,
): ReadonlySet<Step> {
  const byBmp = new Map<string, PacketEntry[]>();
  for (const packet of packets) {
    if (packet.at > now) continue;
    const list = byBmp.get(packet.bmp);
    if (list === undefined) byBmp.set(packet.bmp, [packet]);
    else list.push(packet);
  }
  const steps = new Set<Step>();
  for (const list of byBmp.values()) {
    const step = stepOf(now, list, times);
    if (step !== null) steps.add(step);
  }
  return steps;
}

/** Of one BMP; null when it had nothing to do. */
function stepOf(
  now: number,
  packets: readonly PacketEntry[],
  { powerOnMs, settleMs }: StepTimes,
): Step | null {
  const last = packets.at(-1);
  const request = packets.findLast(({ direction }) => direction === "request");
  if (last === undefined || request === undefined) return null;
  const isAnswered = last.direction === "reply";
  const powering = isAnswered ? "settle" : "power-on";
  const step = isPowerOn(request) ? powering : stepOfOther(request, packets);
  const takes = step === "power-on" ? powerOnMs : step === "settle" ? settleMs : 0;
  return now - last.at <= takes + NEXT_PACKET_MS ? step : null;
}

function stepOfOther(request: PacketEntry, packets: readonly PacketEntry[]): Step | null {
  switch (request.command) {
    case "power":
      return "power-off";
    case "fpgaRead":
      return "check";
    case "fpgaWrite":
      return "links";
    case "version": {
      // The first of a power-on comes before it, those of the check after it.
      const before = packets.findLast(
        ({ direction, command, number }) =>
          direction === "request" && command !== "version" && number < request.number,
      );
      const isCheck = before?.command === "fpgaRead" || isPowerOn(before);
      return isCheck ? "check" : "probe";
    }
    default:
      return null;
  }
}

function isPowerOn(packet: PacketEntry | undefined): boolean {
  return packet?.command === "power" && (packet.args[0] ?? 0) % 0x10000 === 1;
}
