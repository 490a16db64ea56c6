// Base images: pulled if a registry can be reached, otherwise built locally from Debian packages.
// All are tagged with the prefix rainbow-local/, so none of the user's own images is overwritten.
import { copyFile, mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { root, stateDir } from "./paths.ts";
import { aptInstall, exists, onPath } from "./prerequisites.ts";
import { attempt, run } from "./process.ts";
import { makeTemporaryFolder } from "./temporary.ts";

type Note = (text: string) => void;

export const imagePrefix = "rainbow-local";

interface BaseImage {
  /** Name after the prefix, as the local AWS requests it. */
  name: string;
  /** Image to pull if a registry can be reached. */
  upstream: string;
  suite: "bookworm" | "trixie";
  packages: string[];
  /** Dockerfile instructions for `docker import --change`. */
  changes: string[];
  /** Files from infra/local/images (or elsewhere), each with its target folder. */
  files: () => Promise<{ from: string; to: string }[]>;
  links?: { from: string; to: string }[];
}

const caBundle = "/etc/ssl/certs/ca-certificates.crt";

const images: BaseImage[] = [
  {
    name: "node:24",
    upstream: "node:24-bookworm-slim",
    suite: "bookworm",
    packages: ["ca-certificates"],
    changes: [`ENV NODE_EXTRA_CA_CERTS=${caBundle}`, "ENV PATH=/usr/local/bin:/usr/bin:/bin", 'CMD ["node"]'],
    files: nodeFiles,
    links: [{ from: "../lib/node_modules/npm/bin/npm-cli.js", to: "/usr/local/bin/npm" }],
  },
  {
    name: "postgres:17-alpine",
    // Debian-based, to match Node in the backup image. `name` says alpine because the local AWS requests that tag.
    upstream: "postgres:17-bookworm",
    suite: "trixie",
    packages: ["postgresql-17"],
    changes: [
      "ENV PATH=/usr/lib/postgresql/17/bin:/usr/local/bin:/usr/bin:/bin PGDATA=/var/lib/postgresql/data",
      'ENTRYPOINT ["docker-entrypoint.sh"]',
      'CMD ["postgres"]',
      "EXPOSE 5432",
    ],
    files: async () => [{ from: join(root, "infra/local/images/postgres/docker-entrypoint.sh"), to: "/usr/local/bin" }],
  },
  {
    name: "redis:7-alpine",
    upstream: "redis:7-alpine",
    suite: "bookworm",
    packages: ["redis-server"],
    changes: ['ENTRYPOINT ["docker-entrypoint.sh"]', 'CMD ["redis-server"]', "EXPOSE 6379"],
    files: async () => [{ from: join(root, "infra/local/images/redis/docker-entrypoint.sh"), to: "/usr/local/bin" }],
  },
];

export const nodeImage = `${imagePrefix}/node:24`;
export const postgresImage = `${imagePrefix}/postgres:17-alpine`;

async function isPresent(image: BaseImage): Promise<boolean> {
  return (await attempt(["docker", "image", "inspect", `${imagePrefix}/${image.name}`])).code === 0;
}

/** Ensures that every base image exists; returns how it was obtained. */
export async function ensureBaseImages(note: Note): Promise<string> {
  const missing: BaseImage[] = [];
  for (const image of images) if (!(await isPresent(image))) missing.push(image);
  if (missing.length === 0) return "already present";

  const unreachable: BaseImage[] = [];
  for (const image of missing) {
    // After one failure the registry is unreachable: do not wait for the same timeout again.
    if (unreachable.length > 0 || !(await pull(image, note))) unreachable.push(image);
  }
  if (unreachable.length === 0) return "pulled";
  note("no image registry is reachable: building the base images from Debian packages");
  if (!(await onPath("mmdebstrap"))) await aptInstall(["mmdebstrap"], note);
  await Promise.all(unreachable.map((image) => build(image, note)));
  return "built from Debian packages";
}

async function pull(image: BaseImage, note: Note): Promise<boolean> {
  note(`docker pull ${image.upstream}`);
  if ((await attempt(["docker", "pull", "-q", image.upstream], { timeout: 180_000 })).code !== 0) return false;
  return (await attempt(["docker", "tag", image.upstream, `${imagePrefix}/${image.name}`])).code === 0;
}

async function build(image: BaseImage, note: Note): Promise<void> {
  const folder = await makeTemporaryFolder();
  const archive = join(folder, "root.tar");
  const log = join(stateDir, `image-${image.name.replace(":", "-")}.log`);
  try {
    const hooks: string[] = [];
    for (const file of await image.files()) {
      // mmdebstrap hooks: sync-in copies the contents of a folder into the new root, copy-in a single file or folder.
      const hook = file.from.endsWith("/") ? "sync-in" : "copy-in";
      hooks.push(
        `--customize-hook=mkdir -p "$1${file.to}"`,
        `--customize-hook=${hook} ${file.from.replace(/\/$/, "")} ${file.to}`,
      );
    }
    for (const link of image.links ?? []) hooks.push(`--customize-hook=ln -s ${link.from} "$1${link.to}"`);
    const withoutDocs = ["doc", "man", "locale", "info"].map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`);
    note(`building ${image.name} (Debian ${image.suite}: ${image.packages.join(", ")})`);
    await run(
      [
        "mmdebstrap",
        "--variant=minbase",
        "--mode=root",
        `--include=${image.packages.join(",")}`,
        ...withoutDocs,
        ...hooks,
        image.suite,
        archive,
      ],
      { log },
    );
    await run(
      [
        "docker",
        "import",
        ...image.changes.flatMap((change) => ["--change", change]),
        archive,
        `${imagePrefix}/${image.name}`,
      ],
      { log },
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Node 24, npm from the npm registry, and this machine's CA certificates. */
async function nodeFiles(): Promise<{ from: string; to: string }[]> {
  const staging = join(stateDir, "node-image");
  const node24 = process.env["RAINBOW_NODE24"] ?? process.execPath;
  await rm(staging, { recursive: true, force: true });
  await mkdir(join(staging, "bin"), { recursive: true });
  await copyFile(node24, join(staging, "bin/node"));
  await writeFile(join(staging, "package.json"), JSON.stringify({ private: true }));
  await run(["npm", "install", "--prefix", staging, "--no-save", "--no-audit", "--no-fund", "npm@11"], {
    cwd: staging,
  });
  const files = [
    { from: `${join(staging, "bin")}/`, to: "/usr/local/bin" },
    { from: join(staging, "node_modules/npm"), to: "/usr/local/lib/node_modules" },
  ];
  // On a network that inspects TLS, builds inside containers need its certificate authority too.
  if (await exists(caBundle)) files.push({ from: caBundle, to: dirname(caBundle) });
  return files;
}
