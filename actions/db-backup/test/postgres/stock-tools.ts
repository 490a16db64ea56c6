// The commands of summary and runbook in a shell, with the programs of PostgreSQL, a bucket that `aws s3 cp` reads, and
// no toolkit.
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { runProcess } from "../../../shared/src/process.ts";
import { makeTestFolder } from "../../../../test/lib/test-folder.ts";
import type { ScriptedS3 } from "../scripted-s3.ts";
import type { Server } from "./server.ts";

export interface ShellResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** @returns what runs a script of bash on a server, as the given role. */
export function stockTools(
  s3: ScriptedS3,
  server: Server,
): (script: string, environment: Record<string, string>) => Promise<ShellResult> {
  const folder = makeTestFolder("stock-");
  for (const [key, { body }] of s3.objects) {
    const file = join(folder, "bucket", key);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, body);
  }
  // aws s3 cp s3://backups/KEY - | FILE
  writeFileSync(
    join(folder, "aws"),
    `#!/bin/sh\nfrom="${folder}/bucket/\${3#s3://backups/}"\n[ "$4" = - ] && exec cat "$from"\nexec cp "$from" "$4"\n`,
  );
  // zstd is no package of this machine; Node has the same.
  writeFileSync(
    join(folder, "zstd"),
    `#!${process.execPath}\nprocess.stdin.pipe(require("node:zlib").createZstdDecompress()).pipe(process.stdout)\n`,
  );
  // So is age: age --decrypt --identity key.txt
  writeFileSync(
    join(folder, "age"),
    `#!${process.execPath}
      import(${JSON.stringify(import.meta.resolve("age-encryption"))}).then(async ({ Decrypter }) => {
        const decrypter = new Decrypter();
        decrypter.addIdentity(require("node:fs").readFileSync(process.argv[4], "utf8").trim());
        const encrypted = await require("node:stream/consumers").buffer(process.stdin);
        process.stdout.write(await decrypter.decrypt(encrypted));
      });\n`,
  );
  for (const name of ["aws", "zstd", "age"]) chmodSync(join(folder, name), 0o755);
  const programs = dirname(server.programs.path("psql"));
  return (script, environment) =>
    runProcess(["bash", "-c", `cd ${folder} && ${script}`], {
      env: {
        PATH: `${folder}:${programs}:${process.env["PATH"]}`,
        PGHOST: server.connection.host,
        LC_ALL: "C.UTF-8",
        ...environment,
      },
    });
}
