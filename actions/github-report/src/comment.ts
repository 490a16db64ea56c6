// One comment of a pull request, found by author and marker.
import { entriesOf } from "./github.ts";
import type { CommentInputs } from "./inputs.ts";
import { wrongAuthor, type Context, type Kept } from "./issue.ts";
import { statusOf } from "./refusal.ts";
import { bodyOf, isNewer, markerOf, withoutMarker, type Marker } from "./report-text.ts";

interface OwnComment {
  id: number;
  url: string;
  body: string;
  marker: Marker;
}

export async function keepComment(context: Context, inputs: CommentInputs): Promise<Kept> {
  const { github, run, now } = context;
  const kept = await oneComment(context, inputs);
  if (kept && isNewer(kept.marker, run))
    return { result: "unchanged", url: kept.url, text: "a later run has written the comment already" };
  const since = kept?.marker.since ?? new Date(now).toISOString();
  const marker = { id: inputs.id, run: run.id, attempt: run.attempt, count: (kept?.marker.count ?? 0) + 1, since };
  const body = bodyOf(marker, inputs.body, []);
  if (!kept) return create(context, inputs, body);
  // GitHub keeps every version of a comment: what says the same is not written again.
  if (withoutMarker(body) === withoutMarker(kept.body))
    return { result: "unchanged", url: kept.url, text: "the comment says so already" };
  await github.request("PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}", {
    owner: inputs.owner,
    repo: inputs.name,
    comment_id: kept.id,
    body,
  });
  return { result: "updated", url: kept.url, text: `the comment of pull request ${inputs.pullRequest} was updated` };
}

async function create(context: Context, inputs: CommentInputs, body: string): Promise<Kept> {
  const { owner, name, pullRequest, author } = inputs;
  const { data } = await context.github.request("POST /repos/{owner}/{repo}/issues/{issue_number}/comments", {
    owner,
    repo: name,
    issue_number: pullRequest,
    body,
  });
  const own: Kept = { result: "created", url: data.html_url, text: `pull request ${pullRequest} has a comment now` };
  if (data.user?.login !== author) return { ...own, text: own.text + wrongAuthor(data.user?.login) };
  // Another run may have written one in the same moment: both look, and the older comment stays, with the later report.
  const first = await oneComment(context, inputs);
  return !first || first.id === Number(data.id) ? own : keepComment(context, inputs);
}

/** The oldest comment of this report; the others, of runs that wrote in the same moment, are deleted. */
async function oneComment(context: Context, inputs: CommentInputs): Promise<OwnComment | undefined> {
  const [kept, ...others] = await ownComments(context, inputs);
  for (const { id } of others) {
    try {
      await context.github.request("DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}", {
        owner: inputs.owner,
        repo: inputs.name,
        comment_id: id,
      });
    } catch (error) {
      // The other run has deleted it.
      if (statusOf(error) !== 404) throw error;
    }
  }
  return kept;
}

async function ownComments({ github }: Context, inputs: CommentInputs): Promise<OwnComment[]> {
  const { owner, name, pullRequest, id, author } = inputs;
  const found: OwnComment[] = [];
  const comments = entriesOf((place) =>
    github.request("GET /repos/{owner}/{repo}/issues/{issue_number}/comments", {
      owner,
      repo: name,
      issue_number: pullRequest,
      ...place,
    }),
  );
  for await (const comment of comments) {
    const marker = markerOf(comment.body);
    if (marker?.id !== id || comment.user?.login !== author) continue;
    found.push({ id: Number(comment.id), url: comment.html_url, body: comment.body ?? "", marker });
  }
  return found.toSorted((a, b) => a.id - b.id);
}
