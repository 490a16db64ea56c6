// All databases, by topic.
import type { Example } from "./example.ts";
import { access } from "./access.ts";
import { columns } from "./columns.ts";
import { constraints } from "./constraints.ts";
import { data } from "./data.ts";
import { evaluated } from "./evaluated.ts";
import { extensions } from "./extensions.ts";
import { motion } from "./motion.ts";
import { names } from "./names.ts";
import { operators } from "./operators.ts";
import { partitions } from "./partitions.ts";
import { privileges } from "./privileges.ts";
import { rules } from "./rules.ts";
import { settingsOfDatabases } from "./settings.ts";
import { sizes } from "./sizes.ts";
import { text } from "./text.ts";

const inArchives: Record<string, Example[]> = {
  access,
  columns,
  constraints,
  data,
  evaluated,
  extensions,
  motion,
  names,
  operators,
  partitions,
  privileges,
  rules,
  settings: settingsOfDatabases,
  sizes,
  text,
};

/** Once more as plain SQL: those of the cross-section that leave nothing on the server. */
const asSql = Object.values(inArchives)
  .flat()
  .filter(({ short, server, prepare, meanwhile }) => short && !server && !prepare && !meanwhile)
  .map(({ name, needs = [], create = "", statements }) => ({
    name,
    needs,
    create,
    statements,
    inputs: { format: "plain" },
  }));

export const topics: Record<string, Example[]> = { ...inArchives, "plain SQL": asSql };
