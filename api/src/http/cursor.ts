// A cursor names the last entry of a page, by what the list is ordered by: its time and id.
import { z } from "zod";
import { refusal } from "./issues.ts";
import { instant } from "./values.ts";

export interface Position {
  at: Date;
  id: string;
}

const position = z.tuple([instant, z.uuid()]);

export const cursorOf = ({ at, id }: Position): string => Buffer.from(JSON.stringify([at, id])).toString("base64url");

export function readCursor(text: string): Position {
  try {
    const [at, id] = position.parse(JSON.parse(Buffer.from(text, "base64url").toString()));
    return { at, id };
  } catch {
    throw refusal("query", "before", "cursor-of-a-page");
  }
}
