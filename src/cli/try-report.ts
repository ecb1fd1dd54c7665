/** What `try` says: for a person, or one JSON object a line. */
import { print } from "../host/print.js";

/** Says that something happened: its fields for programs, a text for people. */
export type Say = (event: string, fields: object, text: string) => void;

const EVENT_WIDTH = 12;

/** Seconds since the start in front of each line. */
export function sayAsText(): Say {
  const seconds = stopwatch();
  return (event, _fields, text) => {
    const time = `${seconds().toFixed(2)} s`.padStart(9);
    print(`${time}  ${event.padEnd(EVENT_WIDTH)} ${text}`.trimEnd());
  };
}

export function sayAsJson(): Say {
  const seconds = stopwatch();
  return (event, fields) => {
    print(JSON.stringify({ seconds: seconds(), event, ...fields }));
  };
}

function stopwatch(): () => number {
  const startedAt = performance.now();
  return () => Math.round(performance.now() - startedAt) / 1000;
}
