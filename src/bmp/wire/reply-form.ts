/**
 * Whether a reply can be one to a command: from the board that was asked, and with the payload that the
 * command has. Of a refusal the payload is not known.
 */
import { CommandCode, INFO_STATUS } from "./commands.js";
import type { BmpCommand, BmpReply } from "./packet.js";
import { ReturnCode } from "./return-codes.js";
import { STATUS_BYTES } from "./status.js";
import { SHORTEST_VERSION_BYTES } from "./version.js";

/** What is wrong with it: a clause with the reply as its subject; null when it can be the reply. */
export function misfitOf(command: BmpCommand, reply: BmpReply): string | null {
  if (reply.board !== command.board) {
    return `is from board ${reply.board}, and board ${command.board} was asked`;
  }
  if (reply.returnCode < ReturnCode.ok) {
    return `has the return code 0x${reply.returnCode.toString(16)}, and all return codes are from 0x80`;
  }
  if (reply.returnCode !== ReturnCode.ok) return null;
  const { length } = reply.payload;
  const [least, most] = payloadBytes(command);
  if (length >= least && length <= most) return null;
  const wanted = least === most ? `${least}` : `at least ${least}`;
  return `has ${length} bytes of payload, and not ${wanted}`;
}

/** How many bytes the payload of an ok has, at least and at most. */
function payloadBytes({ command, args }: BmpCommand): readonly [least: number, most: number] {
  switch (command) {
    case CommandCode.version:
      return [SHORTEST_VERSION_BYTES, Infinity];
    case CommandCode.fpgaRead:
      return [args[1], args[1]];
    case CommandCode.info:
      return args[0] === INFO_STATUS ? [STATUS_BYTES, STATUS_BYTES] : [0, Infinity];
    default:
      return [0, 0];
  }
}
