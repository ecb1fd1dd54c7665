/**
 * Payload of the reply to the info command with argument 3, 48 bytes:
 *
 * | offset | content                                                                          |
 * |--------|----------------------------------------------------------------------------------|
 * | 0      | eight u16 ADC readings, 12 bits: [1] [2] [3] 1.2 V c, b, a, [4] 1.8 V, [6] 3.3 V, [7] 12 V |
 * | 16     | four i16 temperatures of the board, 1/256 °C, 0x8000 absent: top, bottom, -, -    |
 * | 24     | four i16 external temperatures, likewise                                         |
 * | 32     | four u16 fan speeds in rpm, 0xFFFF absent                                        |
 * | 40, 44 | u32 warning bits, u32 shutdown bits                                              |
 */

export const STATUS_BYTES = 48;
const ADC_STEPS = 4096;
const ABSENT_TEMPERATURE = -0x8000;
const ABSENT_FAN = 0xffff;

/** Volts at full scale of the ADC channel that measures each supply. */
const SUPPLIES = {
  volts1v2c: { channel: 1, fullScale: 2.5 },
  volts1v2b: { channel: 2, fullScale: 2.5 },
  volts1v2a: { channel: 3, fullScale: 2.5 },
  volts1v8: { channel: 4, fullScale: 2.5 },
  volts3v3: { channel: 6, fullScale: 3.75 },
  volts12: { channel: 7, fullScale: 15 },
} as const;

type Supply = keyof typeof SUPPLIES;
const SUPPLY_NAMES = Object.keys(SUPPLIES) as Supply[];

export interface BoardStatus {
  readonly volts: Readonly<Record<Supply, number>>;
  /** °C; null for a sensor that is absent. Four each. */
  readonly boardTemperatures: readonly (number | null)[];
  readonly externalTemperatures: readonly (number | null)[];
  /** Revolutions per minute; null for a fan that is absent. Four. */
  readonly fanSpeeds: readonly (number | null)[];
  readonly warnings: number;
  readonly shutdowns: number;
}

const FOUR = [0, 1, 2, 3] as const;

/** Null for a payload that is too short. */
export function decodeStatus(payload: Buffer): BoardStatus | null {
  if (payload.length < STATUS_BYTES) return null;
  const volts = (supply: Supply) => {
    const { channel, fullScale } = SUPPLIES[supply];
    return (payload.readUInt16LE(2 * channel) * fullScale) / ADC_STEPS;
  };
  const temperature = (offset: number) => {
    const raw = payload.readInt16LE(offset);
    return raw === ABSENT_TEMPERATURE ? null : raw / 256;
  };
  const fanSpeed = (offset: number) => {
    const raw = payload.readUInt16LE(offset);
    return raw === ABSENT_FAN ? null : raw;
  };
  return {
    volts: {
      volts1v2c: volts("volts1v2c"),
      volts1v2b: volts("volts1v2b"),
      volts1v2a: volts("volts1v2a"),
      volts1v8: volts("volts1v8"),
      volts3v3: volts("volts3v3"),
      volts12: volts("volts12"),
    },
    boardTemperatures: FOUR.map((i) => temperature(16 + 2 * i)),
    externalTemperatures: FOUR.map((i) => temperature(24 + 2 * i)),
    fanSpeeds: FOUR.map((i) => fanSpeed(32 + 2 * i)),
    warnings: payload.readUInt32LE(40),
    shutdowns: payload.readUInt32LE(44),
  };
}

export function encodeStatus(status: BoardStatus): Buffer {
  const payload = Buffer.alloc(STATUS_BYTES);
  for (const supply of SUPPLY_NAMES) {
    const { channel, fullScale } = SUPPLIES[supply];
    payload.writeUInt16LE(Math.round((status.volts[supply] * ADC_STEPS) / fullScale), 2 * channel);
  }
  for (const i of FOUR) {
    const board = status.boardTemperatures[i] ?? null;
    const external = status.externalTemperatures[i] ?? null;
    payload.writeInt16LE(board === null ? ABSENT_TEMPERATURE : Math.round(board * 256), 16 + 2 * i);
    payload.writeInt16LE(
      external === null ? ABSENT_TEMPERATURE : Math.round(external * 256),
      24 + 2 * i,
    );
    payload.writeUInt16LE(status.fanSpeeds[i] ?? ABSENT_FAN, 32 + 2 * i);
  }
  payload.writeUInt32LE(status.warnings, 40);
  payload.writeUInt32LE(status.shutdowns, 44);
  return payload;
}
