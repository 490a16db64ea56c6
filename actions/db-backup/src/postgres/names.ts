// Names in statements.

/** An identifier, quoted whatever it contains. */
export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A string literal, with standard_conforming_strings. */
export const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`;
