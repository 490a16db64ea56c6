// Terraform's language, laid out as `terraform fmt` does.

/** A value of one line or, from the second on, with the indentation of the block. */
export type Entry = [name: string, value: string];

export const text = (value: string): string => JSON.stringify(value);
export const list = (values: string[]): string => `[${values.map(text).join(", ")}]`;

/** A top-level block. Entries that follow each other in one line are aligned; an empty list is left out. */
export function block(header: string, entries: Entry[]): string {
  const lines: string[] = [];
  for (let rest = entries; rest.length > 0;) {
    const end = rest.findIndex(([, value]) => value.includes("\n"));
    const group = end === 0 ? rest.slice(0, 1) : rest.slice(0, end < 0 ? rest.length : end);
    const width = Math.max(...group.map(([name]) => name.length));
    lines.push(...group.map(([name, value]) => `  ${value.includes("\n") ? name : name.padEnd(width)} = ${value}`));
    rest = rest.slice(group.length);
  }
  return `${header} {\n${lines.join("\n")}\n}\n`;
}
