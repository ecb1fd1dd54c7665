/**
 * What a board says of itself: its addresses, as they are in the settings of its flash, and its serial
 * numbers. Two entries of 128 bytes each begin with their kind and have the addresses 32 bytes on:
 *
 * | offset | content                                   |
 * |--------|-------------------------------------------|
 * | 0      | u16 flags                                 |
 * | 2      | MAC address                               |
 * | 8      | IP address                                |
 * | 12, 16 | gateway, network mask                     |
 * | 20     | u16 UDP port                              |
 * | 24     | unused                                    |
 */
import { isIPv4 } from "node:net";
import { BMP_PORT } from "../../bmp/wire/packet.js";
import { seedFor } from "../random.js";
import { BOOT_VECTOR, FLASH_BUFFER, STATUS_ADDRESS } from "./memory.js";

const ENTRY_BYTES = 128;
const ADDRESSES_OFFSET = 32;
const ADDRESSES_BYTES = 32;
const ENTRY_KINDS = { bmp: 1, spinnaker: 2 } as const;
const SPINNAKER_PORT = 17892;
const NETWORK_MASK = "255.255.255.0";
/** Of a SpiNN-5 board. */
const HARDWARE_VERSION = 5;
const SERIAL_WORDS = 4;

/** The IP addresses of a board; anything else, such as a host name, counts as none. */
export interface BoardAddresses {
  readonly bmp: string;
  readonly spinnaker: string;
}

/** As the info command returns it: the controller's own addresses, then those of the SpiNNaker chips. */
export function addressesPayload({ bmp, spinnaker }: BoardAddresses): Buffer {
  return Buffer.concat([ipData(bmp, BMP_PORT), ipData(spinnaker, SPINNAKER_PORT)]);
}

/** How the settings in the flash begin. */
export function settingsEntries({ bmp, spinnaker }: BoardAddresses): Buffer {
  return Buffer.concat([
    settingsEntry(ENTRY_KINDS.bmp, ipData(bmp, BMP_PORT)),
    settingsEntry(ENTRY_KINDS.spinnaker, ipData(spinnaker, SPINNAKER_PORT)),
  ]);
}

/**
 * Hardware version, serial number, and where things are in memory.
 * @param place what tells the board from all others
 */
export function serialPayload(place: string): Buffer {
  const words = [HARDWARE_VERSION];
  for (let word = 0; word < SERIAL_WORDS; word++) words.push(seedFor(word, place));
  words.push(FLASH_BUFFER, STATUS_ADDRESS, BOOT_VECTOR);
  const payload = Buffer.alloc(4 * words.length);
  words.forEach((word, i) => {
    payload.writeUInt32LE(word, 4 * i);
  });
  return payload;
}

function settingsEntry(kind: number, addresses: Buffer): Buffer {
  const entry = Buffer.alloc(ENTRY_BYTES, 0xff);
  entry.fill(0, 0, ADDRESSES_OFFSET);
  entry.writeUInt8(kind, 0);
  entry.writeUInt8(ADDRESSES_BYTES, 1);
  addresses.copy(entry, ADDRESSES_OFFSET);
  return entry;
}

function ipData(address: string, port: number): Buffer {
  const data = Buffer.alloc(ADDRESSES_BYTES);
  const ip = bytesOf(isIPv4(address) ? address : "0.0.0.0");
  // A MAC address that no manufacturer gives out, and that tells boards apart.
  Buffer.from([0x02, 0x00, ...ip]).copy(data, 2);
  Buffer.from(ip).copy(data, 8);
  Buffer.from(bytesOf(NETWORK_MASK)).copy(data, 16);
  data.writeUInt16LE(port, 20);
  return data;
}

function bytesOf(address: string): number[] {
  return address.split(".").map(Number);
}
