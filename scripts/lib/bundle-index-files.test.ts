import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { root } from "../../infra/local/paths.ts";
import { pastIndexFiles } from "./bundle-index-files.ts";

const sdk = join(root, "node_modules/@aws-sdk/client-ecs/dist-es");
const core = join(root, "node_modules/@smithy/core/dist-es/submodules");
/** As esbuild resolves them. */
const packages: Record<string, string> = {
  "@aws-sdk/client-ecs": join(sdk, "index.js"),
  "@smithy/core/client": join(core, "client/index.js"),
  "@smithy/core/serde": join(core, "serde/index.js"),
};
const resolve = (from: string, importer: string): Promise<string | undefined> => {
  const path = from.startsWith(".") ? join(importer, "..", from) : packages[from];
  return Promise.resolve(
    [path, `${path}.js`, `${path}/index.js`].find((one) => one?.endsWith(".js") && existsSync(one)),
  );
};
const rewrite = (text: string): string | Promise<string> =>
  pastIndexFiles.rewrite(text, join(root, "actions/deploy/src/plan.ts"), resolve);

const modules = "../../../node_modules";

it("imports each name from the file that declares it", async () => {
  const text = `import {
  DescribeServicesCommand,
  UpdateServiceCommand as Update,
  type Service,
} from "@aws-sdk/client-ecs";
import { withRetry } from "./aws.ts";
`;
  expect(await rewrite(text)).toBe(
    [
      `import { DescribeServicesCommand as DescribeServicesCommand } from "${modules}/@aws-sdk/client-ecs/dist-es/commands/DescribeServicesCommand.js";`,
      `import { UpdateServiceCommand as Update } from "${modules}/@aws-sdk/client-ecs/dist-es/commands/UpdateServiceCommand.js";\n`,
      'import { withRetry } from "./aws.ts";\n',
    ].join(""),
  );
});

it("follows an index into another package, and keeps what an index declares itself", async () => {
  expect(await rewrite('import { Command } from "@smithy/core/client";')).toBe(
    `import { Command as Command } from "${modules}/@smithy/core/dist-es/submodules/client/smithy-client/command.js";`,
  );
  expect(await rewrite('import { Uint8ArrayBlobAdapter } from "@smithy/core/serde";')).toBe(
    `import { Uint8ArrayBlobAdapter as Uint8ArrayBlobAdapter } from "${modules}/@smithy/core/dist-es/submodules/serde/index.js";`,
  );
});

it("takes a schema from a module of its own", async () => {
  const command = join(sdk, "commands/DescribeServicesCommand.js");
  const text = 'import { DescribeServices$ } from "../schemas/schemas_0";';
  expect(await pastIndexFiles.rewrite(text, command, resolve)).toBe(
    'import { DescribeServices$ as DescribeServices$ } from "../schemas/schemas_0.js?DescribeServices$";',
  );
});

it("leaves alone what it does not find", async () => {
  const text = 'import { doesNotExist } from "@aws-sdk/client-ecs";';
  expect(await rewrite(text)).toBe('import { doesNotExist as doesNotExist } from "@aws-sdk/client-ecs";');
});
