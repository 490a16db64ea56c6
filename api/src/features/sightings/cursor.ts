// A cursor names the last sighting of a page, by what the list is ordered by: its time and id.
import { z } from "zod";
import { refusal } from "../../http/issues.ts";
import { instant } from "../../http/values.ts";

export interface Position {
  seenAt: Date;
  id: string;
}

const position = z.tuple([instant, z.uuid()]);

export const cursorOf = ({ seenAt, id }: Position): string =>
  Buffer.from(JSON.stringify([seenAt, id])).toString("base64url");

export function readCursor(text: string): Position {
  try {
    const [seenAt, id] = position.parse(JSON.parse(Buffer.from(text, "base64url").toString()));
    return { seenAt, id };
  } catch {
    throw refusal("query", "before", "cursor-of-a-page");
  }
}
