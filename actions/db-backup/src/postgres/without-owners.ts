// A plain dump without its owners and privileges, while it is streamed: for psql, what --no-owner and --no-acl are for
// pg_restore.
import { DumpSplitter } from "./dump-splitter.ts";

/** Statements of pg_dump that name owners or grantees, as outlines. */
const aboutOwners = [
  /^(grant|revoke) /,
  /^alter default privileges /,
  /^alter .* owner to [^ ]+ ?;$/,
  /^(set|reset) session authorization\b/,
];

export async function* withoutOwners(dump: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const splitter = new DumpSplitter();
  for await (const chunk of dump) {
    const kept = splitter
      .add(chunk)
      .filter((piece) => piece.kind === "data" || !aboutOwners.some((pattern) => pattern.test(piece.outline)));
    if (kept.length > 0) yield Buffer.concat(kept.map(({ bytes }) => bytes));
  }
  if (splitter.rest.length > 0) yield splitter.rest;
}
