import { DefaultNamingStrategy, type NamingStrategyInterface } from 'typeorm';

const known = new Map<string, string>();

/** `priceMinor` → `price_minor`. Names come from code, never from callers, so remembering them is bounded. */
export function snakeCase(name: string): string {
  let column = known.get(name);
  if (column === undefined) {
    column = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    known.set(name, column);
  }
  return column;
}

/** snake_case columns, and constraint names that tell table and columns, as the migrations write them. */
export class SnakeCaseNaming extends DefaultNamingStrategy implements NamingStrategyInterface {
  override columnName(property: string, custom: string | undefined, prefixes: string[]): string {
    return [...prefixes.map(snakeCase), custom ?? snakeCase(property)].join('_');
  }

  override joinColumnName(relation: string, referenced: string): string {
    return `${snakeCase(relation)}_${snakeCase(referenced)}`;
  }

  override primaryKeyName(table: unknown): string {
    return `${this.nameOf(table)}_pkey`;
  }

  override uniqueConstraintName(table: unknown, columns: string[]): string {
    return `${this.nameOf(table)}_${columns.join('_')}_key`;
  }

  override foreignKeyName(table: unknown, columns: string[]): string {
    return `${this.nameOf(table)}_${columns.join('_')}_fkey`;
  }

  override indexName(table: unknown, columns: string[]): string {
    return `${this.nameOf(table)}_${columns.join('_')}_idx`;
  }

  private nameOf(table: unknown): string {
    return this.getTableName(table as string)
      .split('.')
      .pop()!;
  }
}
