/** Objects with the fields of a table. */
import type { Table, Values } from "./field.js";

/**
 * A class whose objects have the given values as properties. A class that extends it has the
 * properties of a table without writing them again.
 */
export function classWith<Properties extends object>(): new (values: Properties) => Properties {
  class Base {
    constructor(values: Properties) {
      Object.assign(this, values);
    }
  }
  return Base as new (
    values: Properties,
  ) => Properties;
}

/** The fields of a table, and nothing else of an object that has them. */
export function plainValues<T extends Table, V extends Values<T>>(
  table: T,
  object: V,
): Pick<V, keyof T & keyof V> {
  const names = Object.keys(table) as (keyof T & keyof V)[];
  return Object.fromEntries(names.map((name) => [name, object[name]])) as Pick<
    V,
    keyof T & keyof V
  >;
}
