// Publishes a tag as a release: a draft, its files, the publication, and then the tag of the major version. A second run
// finishes what the first has left; nothing that is published is changed.
import { Problem } from "../../../infra/local/problem.ts";
import type { Asset, Release, ReleaseApi } from "./github.ts";
import { isNewest, majorTagOf } from "./version.ts";

export interface Files {
  notes: string;
  /** Attached under these names. */
  assets: { name: string; content: Uint8Array<ArrayBuffer>; sha256: string }[];
}

export interface Tagged {
  tag: string;
  commit: string;
}

export async function publish(
  tagged: Tagged,
  files: Files,
  api: ReleaseApi,
  log: (text: string) => void,
): Promise<void> {
  const { tag } = tagged;
  await expectTag(tagged, api);
  const found = await api.release(tag);
  const release = found && !found.draft ? found : await publishDraft({ tag, files, found }, api, log);
  expectFiles(release, files);
  log(`${tag} is published: ${release.html_url}`);
  if (release.immutable !== true)
    throw new Problem(
      `${tag} is not immutable: its tag and its files can still be changed.`,
      "Settings → General → Releases → Enable release immutability, and release the next version: it is for future " +
        "releases only. The tag of the major version was not moved.",
    );
  await moveMajorTag(tagged, api, log);
}

/** Somebody could have moved the tag while the tests ran. */
async function expectTag({ tag, commit }: Tagged, api: ReleaseApi): Promise<void> {
  const now = await api.commitOf(tag);
  if (now !== commit)
    throw new Problem(
      `${tag} is ${now ?? "gone"} in the repository, and ${commit} is what was tested.`,
      "Nothing was published. Find out who has moved the tag; a ruleset can forbid it: docs/releases.md.",
    );
}

async function publishDraft(
  { tag, files, found }: { tag: string; files: Files; found: Release | undefined },
  api: ReleaseApi,
  log: (text: string) => void,
): Promise<Release> {
  const draft = found ?? (await api.create(tag, files.notes));
  log(found ? `${tag} has a draft, which an earlier run has left` : `${tag}: draft`);
  for (const { name, content } of files.assets) {
    const there = draft.assets.find((one) => one.name === name);
    // An upload that broke off. It keeps its name from the next one.
    if (there?.state === "open") await api.removeAsset(there);
    if (there?.state === "uploaded") continue;
    draft.assets = [...draft.assets.filter((one) => one !== there), await api.upload(draft, name, content)];
    log(`${tag}: ${name}`);
  }
  expectFiles(draft, files);
  return api.publish(draft, isNewest(tag, await api.tags("v")));
}

/** What is there already must be what this run has built: nothing is replaced. */
function expectFiles({ tag_name, draft, assets, html_url }: Release, files: Files): void {
  const digestOf = (name: string): Asset["digest"] | undefined => assets.find((one) => one.name === name)?.digest;
  const others = files.assets.filter(({ name, sha256 }) => digestOf(name) !== `sha256:${sha256}`);
  const foreign = assets.filter(({ name }) => !files.assets.some((one) => one.name === name));
  const names = [...others, ...foreign].map(({ name }) => name);
  if (names.length === 0) return;
  throw new Problem(
    `The ${draft ? "draft" : "release"} of ${tag_name} has other files than this run has built: ${names.join(", ")}.`,
    draft
      ? `Nothing was published. Find out where they come from, delete the draft (${html_url}), and run this again.`
      : "Nothing was changed, and nothing should be: release the next version. npm test -- " +
          '"bundles are what the sources make" compares the bundles.',
  );
}

async function moveMajorTag({ tag, commit }: Tagged, api: ReleaseApi, log: (text: string) => void): Promise<void> {
  const major = majorTagOf(tag, await api.tags("v"));
  if (major === undefined) return log(`${tag}: no tag of a major version moves`);
  const now = await api.commitOf(major);
  if (now === commit) return log(`${major} is ${tag} already`);
  try {
    await (now === undefined ? api.createTag(major, commit) : api.moveTag(major, commit));
  } catch (cause) {
    throw new Problem(
      `${tag} is published, and ${major} is still ${now ?? "missing"}: ${(cause as Error).message}`,
      // GitHub's answer where the workflows of the commit are those of no branch any more: main has changed them since.
      `The token of a workflow cannot move it if main has changed a workflow since ${tag}. Somebody who may, does: ` +
        `git push --force origin ${commit}:refs/tags/${major}`,
      { cause },
    );
  }
  log(`${major} is ${tag} now${now === undefined ? "" : `, and was ${now}`}`);
}
