// A certificate authority, a server's certificate from it, and an authority that has nothing to do with them.
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { promisify } from "node:util";

const exec = promisify(execFile);
const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

export async function makeCertificates(folder: string): Promise<void> {
  const openssl = (args: string[]) => exec("openssl", args, { cwd: folder });
  const authority = (name: string) =>
    openssl([
      "req",
      "-x509",
      ...newKey,
      "-days",
      "2",
      "-subj",
      `/CN=${name}`,
      "-keyout",
      `${name}-key.pem`,
      "-out",
      `${name}.pem`,
    ]);
  const request = ["req", ...newKey, "-subj", "/CN=server", "-keyout", "server-key.pem", "-out", "server.csr"];
  await Promise.all([
    authority("ca"),
    authority("other-ca"),
    openssl(request),
    writeFile(`${folder}/names`, "subjectAltName=DNS:localhost\n"),
  ]);
  const issuer = ["-CA", "ca.pem", "-CAkey", "ca-key.pem", "-CAcreateserial"];
  await openssl([
    "x509",
    "-req",
    "-in",
    "server.csr",
    ...issuer,
    "-days",
    "2",
    "-extfile",
    "names",
    "-out",
    "server.pem",
  ]);
}
