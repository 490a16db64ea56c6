// Whether the actions of others are pinned by commit, are what their comment says, and are the latest release.
import { mapConcurrently } from "../../../../actions/shared/src/concurrency.ts";
import { GitHubError, type GitHub, type Schema } from "../../github/github.ts";
import { usesIn, type Use } from "../../workflows/document.ts";
import { advice, change, fine, fromGitHub, notChecked, unknownBecause, type Answer } from "../finding.ts";
import type { Facts } from "../facts.ts";

export async function checkPins({ workflows, inputs, github }: Facts): Promise<Answer[]> {
  const uses = [...workflows.workflows].flatMap(([file, text]) => usesIn(file, text));
  if (workflows.workflows.size === 0)
    return [notChecked(`${inputs.folder} has no workflows`, "Run doctor in a checkout of the repository.")];
  if (uses.length === 0) return [fine("the workflows use nothing of other repositories")];
  const groups = new Map<string, Use[]>();
  for (const use of uses)
    groups.set(`${use.repository}@${use.ref}`, [...(groups.get(`${use.repository}@${use.ref}`) ?? []), use]);
  const answers = await mapConcurrently([...groups.values()], 8, (same) =>
    checkPin(github.api, same, workflows.toolkit).catch((error: unknown) => [unknownBecause(error)]),
  );
  return answers.flat();
}

async function checkPin(api: GitHub, uses: Use[], toolkit: string): Promise<Answer[]> {
  const [use] = uses as [Use];
  const places = uses.length > 1 ? `${use.where} and ${uses.length - 1} more` : use.where;
  const name = `${use.repository}@${use.ref.slice(0, 12)}`;
  const read = <T>(path: string) => fromGitHub(`${name}: whether it is the latest release`, () => api.get<T>(path));
  const latest = await read<Schema["release"]>(`/repos/${use.repository}/releases/latest`)
    .then(({ tag_name: tag }) => tag)
    .catch((error: unknown) => {
      if (error instanceof GitHubError) return undefined;
      throw error;
    });
  if (!/^[0-9a-f]{40}$/.test(use.ref))
    return [evaluateRef({ use, places, latest, isToolkit: use.repository.toLowerCase() === toolkit.toLowerCase() })];
  const commitOf = async (tag: string): Promise<string | undefined> => {
    try {
      return (await read<Schema["commit"]>(`/repos/${use.repository}/commits/${encodeURIComponent(tag)}`)).sha;
    } catch (error) {
      // A tag that does not exist: 404 or 422.
      if (error instanceof GitHubError) return undefined;
      throw error;
    }
  };
  const named = use.comment !== undefined && /^v?\d+(\.\d+)*$/.test(use.comment) ? use.comment : undefined;
  const [ofLatest, ofNamed] = await Promise.all([
    latest === undefined ? undefined : commitOf(latest),
    named === undefined || named === latest ? undefined : commitOf(named),
  ]);
  return evaluatePin({
    use,
    name,
    places,
    latest,
    named,
    commits: { latest: ofLatest, named: named === latest ? ofLatest : ofNamed },
  });
}

function evaluateRef(asked: { use: Use; places: string; latest: string | undefined; isToolkit: boolean }): Answer {
  const { use, places, latest, isToolkit } = asked;
  const pin = `uses: ${use.path}@COMMIT # ${latest ?? use.ref}, with gh api repos/${use.repository}/commits/${latest ?? use.ref} --jq .sha`;
  // Releases of the toolkit are followed by their major version, if the user wants so.
  if (isToolkit && /^v\d+$/.test(use.ref))
    return fine(`${places}: ${use.repository}@${use.ref} follows the releases of this major version`);
  return advice(`${places}: ${use.repository}@${use.ref} is a branch or tag, which can be moved to other code`, pin);
}

export function evaluatePin(asked: {
  use: Use;
  name: string;
  places: string;
  latest: string | undefined;
  named: string | undefined;
  commits: { latest: string | undefined; named: string | undefined };
}): Answer[] {
  const { use, name, places, latest, named, commits } = asked;
  if (named !== undefined && commits.named !== use.ref) {
    const actual = commits.named === undefined ? "there is no such tag" : `${named} is ${commits.named}`;
    return [
      change(
        `${places}: ${name} is not the version that its comment says (${named}): ${actual}`,
        `uses: ${use.path}@${commits.named ?? commits.latest ?? "COMMIT"} # ${commits.named === undefined ? (latest ?? "VERSION") : named}`,
      ),
    ];
  }
  if (latest === undefined || commits.latest === undefined)
    return [fine(`${places}: ${name} is pinned, and its repository has no releases`)];
  if (commits.latest === use.ref) return [fine(`${places}: ${name} is the latest release, ${latest}`)];
  return [
    advice(
      `${places}: ${name}${named ? ` (${named})` : ""} is not the latest release, which is ${latest}`,
      `uses: ${use.path}@${commits.latest} # ${latest}`,
    ),
  ];
}
