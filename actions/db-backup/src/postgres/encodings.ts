// The character sets of PostgreSQL, for names in a dump: it has the encoding of the database.

/** Server encodings whose label in the WHATWG Encoding Standard is not their name in lower case with dashes. */
const labels: Record<string, string> = {
  UTF8: "utf-8",
  EUC_JP: "euc-jp",
  EUC_JIS_2004: "euc-jp",
  EUC_KR: "euc-kr",
  EUC_CN: "gb18030",
  KOI8R: "koi8-r",
  KOI8U: "koi8-u",
  LATIN1: "iso-8859-1",
  LATIN2: "iso-8859-2",
  LATIN3: "iso-8859-3",
  LATIN4: "iso-8859-4",
  LATIN5: "iso-8859-9",
  LATIN6: "iso-8859-10",
  LATIN7: "iso-8859-13",
  LATIN8: "iso-8859-14",
  LATIN9: "iso-8859-15",
  LATIN10: "iso-8859-16",
  ISO_8859_5: "iso-8859-5",
  ISO_8859_6: "iso-8859-6",
  ISO_8859_7: "iso-8859-7",
  ISO_8859_8: "iso-8859-8",
  WIN866: "ibm866",
  WIN874: "windows-874",
  WIN1250: "windows-1250",
  WIN1251: "windows-1251",
  WIN1252: "windows-1252",
  WIN1253: "windows-1253",
  WIN1254: "windows-1254",
  WIN1255: "windows-1255",
  WIN1256: "windows-1256",
  WIN1257: "windows-1257",
  WIN1258: "windows-1258",
};

/**
 * Decodes names as the driver shows them, which talks UTF-8 with the server. Without a label (SQL_ASCII has no
 * encoding, and the rest are rare), bytes are taken for UTF-8, as the driver does.
 *
 * @param encoding the name that PostgreSQL has for it (documentation of PostgreSQL, "Supported Character Sets").
 */
export function decoderFor(encoding: string): (bytes: Uint8Array) => string {
  const decoder = new TextDecoder(labels[encoding] ?? "utf-8", { ignoreBOM: true });
  return (bytes) => decoder.decode(bytes);
}
