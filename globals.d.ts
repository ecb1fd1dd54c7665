/**
 * For editors and tsc: the names that spalloc-server gives every configuration file as globals, so
 * that a file needs no import. `spalloc-server init` writes a tsconfig.json that refers to this file.
 */
import type * as api from "./dist/src/index.js";

declare global {
  const ALL_LINKS: typeof api.ALL_LINKS;
  const BOARDS_PER_TRIAD: typeof api.BOARDS_PER_TRIAD;
  const CHIPS_PER_TRIAD_SIDE: typeof api.CHIPS_PER_TRIAD_SIDE;
  const Configuration: typeof api.Configuration;
  const ConfigurationError: typeof api.ConfigurationError;
  const LINK_STEPS: typeof api.LINK_STEPS;
  const Links: typeof api.Links;
  const Machine: typeof api.Machine;
  const SINGLE_BOARD_CHIPS: typeof api.SINGLE_BOARD_CHIPS;
  const WrapAround: typeof api.WrapAround;
  const boardCount: typeof api.boardCount;
  const boardIndex: typeof api.boardIndex;
  const boardLocationsFromSpinner: typeof api.boardLocationsFromSpinner;
  const boardOfChip: typeof api.boardOfChip;
  const boardOfEthernetChip: typeof api.boardOfEthernetChip;
  const boardOfIndex: typeof api.boardOfIndex;
  const ethernetChip: typeof api.ethernetChip;
  const followLink: typeof api.followLink;
  const isInside: typeof api.isInside;
  const oppositeLink: typeof api.oppositeLink;
  const otherEnd: typeof api.otherEnd;
  const sizeInChips: typeof api.sizeInChips;
  const wrap: typeof api.wrap;

  type BmpIps = api.BmpIps;
  type BoardCoordinate = api.BoardCoordinate;
  type BoardLocations = api.BoardLocations;
  type BoardPosition = api.BoardPosition;
  type ChipCoordinate = api.ChipCoordinate;
  type ClientLimits = api.ClientLimits;
  type Configuration = api.Configuration;
  type DeadLink = api.DeadLink;
  type FramePosition = api.FramePosition;
  type Link = api.Link;
  type Machine = api.Machine;
  type Size = api.Size;
  type SpinnakerIps = api.SpinnakerIps;
  type WrapAround = api.WrapAround;
}
