// User and password in a URL: sent as basic authorization (RFC 7617), and shown nowhere.

/** The URL without user and password, and the authorization that they are; undefined if there are none. */
export function splitUserInfo(text: string): { url: string; authorization: string | undefined } {
  if (!URL.canParse(text)) return { url: text, authorization: undefined };
  const url = new URL(text);
  if (url.username === "" && url.password === "") return { url: text, authorization: undefined };
  const credentials = `${decoded(url.username)}:${decoded(url.password)}`;
  url.username = "";
  url.password = "";
  return { url: url.href, authorization: `Basic ${Buffer.from(credentials).toString("base64")}` };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A percent sign that stands for itself.
    return text;
  }
}

/** For messages. In what is not a URL, everything before the last @ may be a password. */
export const withoutUserInfo = (text: string): string =>
  URL.canParse(text) ? splitUserInfo(text).url : text.replace(/\/\/.*@/s, "//***@");

/** What must not be shown of an authorization: the value as it is sent, and the password in it. */
export function secretsIn(authorization: string | undefined): string[] {
  const [, encoded] = /^Basic\s+(\S+)$/i.exec(authorization ?? "") ?? [];
  if (encoded === undefined) return [];
  const password = Buffer.from(encoded, "base64")
    .toString()
    .replace(/^[^:]*:/, "");
  // The runner would mask a shorter one in the middle of words.
  return [encoded, password, encodeURIComponent(password)].filter((secret) => secret.length > 2);
}
