// What has been changed in a live database, for people.
import { codeBlock, details, factTable, table } from "../../shared/src/summary/blocks.ts";
import { code } from "../../shared/src/summary/markup.ts";
import type { Section } from "../../shared/src/summary/section.ts";
import type { CopyBackInputs, ProtectInputs, SwapInputs } from "./input-types.ts";
import type { CopiedTable } from "./modes/copy-back.ts";
import type { Protection } from "./modes/protect.ts";

export const swapSummary = ({ connection, from, keepAs }: SwapInputs): Section => ({
  status: "succeeded",
  title: `${connection.database}: is now the restored database`,
  content: [
    factTable({
      "Restored database": [code(from), "has the name of the live one now"],
      "Former database": [code(keepAs), "complete; keep it until nothing in it is needed"],
    }),
  ],
});

export const protectSummary = (
  mode: "protect" | "release",
  { connection, role, reason, by }: ProtectInputs,
  done?: Protection,
): Section => ({
  status: done?.isChanged === false ? "unchanged" : "succeeded",
  title: `${connection.database}: ${role} ${mode === "protect" ? "can no longer write" : "may write as before"}`,
  content: [
    factTable({
      Reason: reason,
      By: by,
      ...(done && {
        [mode === "protect" ? "Privileges taken away" : "Privileges given back"]: String(done.privileges),
        "Sessions ended": String(done.ended),
      }),
    }),
  ],
});

export function copyBackSummary({ connection, from, dryRun }: CopyBackInputs, tables: CopiedTable[]): Section {
  const added = tables.reduce((sum, one) => sum + one.added, 0).toLocaleString("en-US");
  const statements = tables.flatMap(({ followUp }) => followUp);
  return {
    status: dryRun ? "planned" : "succeeded",
    title: `${connection.database}: ${added} rows ${dryRun ? "would be copied" : "copied"} back from ${from}`,
    content: [
      table(
        [
          "Table",
          "In the backup",
          "Before",
          dryRun ? "Would be added" : "Added",
          "Different now, left as it is",
          "Triggers",
        ],
        tables.map((one) => [
          code(one.name),
          String(one.restored),
          one.action === "create" ? "no table" : String(one.before),
          String(one.added),
          String(one.differing),
          one.triggers.join(", "),
        ]),
      ),
      statements.length === 0
        ? undefined
        : details("Constraints of other tables that the backup has, to be added by hand", [
            codeBlock(statements.join("\n")),
          ]),
    ],
  };
}
