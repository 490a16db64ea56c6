// What a change does to the deployed system, for the comment on a pull request. Names and SQL are somebody's, and shown as
// they are.
import { blocks, codeBlock, details, table } from "../../../actions/shared/src/summary/blocks.ts";
import { code, join, markup, raw, type Markup, type Text } from "../../../actions/shared/src/summary/markup.ts";
import type { ImageChange } from "./images.ts";
import { isContracting, type MigrationChanges } from "./migrations.ts";

const mostPaths = 5;
const longestSql = 4000;

export function changesReport(images: ImageChange[], migrations: MigrationChanges): string {
  return blocks([raw("### Images"), imagesTable(images), taskDefinitions(images), ...migrationBlocks(migrations)])
    .markup;
}

const imagesTable = (images: ImageChange[]): Markup =>
  table(
    ["Image", "After the merge"],
    images.map(({ name, paths }): Text[] => [
      code(name),
      paths.length === 0
        ? "stays: nothing that its build reads changes"
        : markup`is built again: ${join(
            [
              ...paths.slice(0, mostPaths).map((path) => code(path)),
              ...(paths.length > mostPaths ? [`and ${paths.length - mostPaths} more`] : []),
            ],
            ", ",
          )}`,
    ]),
  );

/** A deployment changes images alone: docs/decisions/0002-who-owns-what.md. */
function taskDefinitions(images: ImageChange[]): Markup {
  const deployed = images.filter(({ name, paths }) => name !== "backup" && paths.length > 0);
  return deployed.length === 0
    ? markup`Task definitions: the deployment registers no new revision.`
    : markup`Task definitions: new revisions of ${join(
        deployed.map(({ name }) => code(name)),
        " and ",
      )}, in which only the image differs. Everything else in them is Terraform's.`;
}

function migrationBlocks({ added, altered }: MigrationChanges): Markup[] {
  const heading = raw("### Migrations");
  if (added.length + altered.length === 0) return [heading, markup`None.`];
  return [
    heading,
    ...altered.map(
      (name) =>
        markup`⚠️ ${code(name)} is on the target branch already, and differs here: databases that have applied it do not run it again. Write a new migration instead.`,
    ),
    ...added.map(({ name, sql }) => {
      const notes = isContracting(name) ? " ⚠️ contracting: older revisions may not work after it" : "";
      const shown = sql.length > longestSql ? `${sql.slice(0, longestSql)}\n-- …` : sql;
      return blocks([
        markup`Runs before the deployment: ${code(name)}${notes}`,
        details("SQL", [codeBlock(shown.trim())]),
      ]);
    }),
  ];
}
