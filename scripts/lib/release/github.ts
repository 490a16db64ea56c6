// The calls of GitHub's REST API that a release needs. Without a package: the job that may write to the repository
// installs none.
import { Problem } from "../../../infra/local/problem.ts";

export interface Asset {
  id: number;
  name: string;
  /** "open": its upload has not ended. */
  state: "uploaded" | "open";
  /** "sha256:…" */
  digest: string | null;
}

export interface Release {
  id: number;
  tag_name: string;
  draft: boolean;
  immutable?: boolean;
  html_url: string;
  upload_url: string;
  assets: Asset[];
}

export interface Settings {
  /** https://api.github.com */
  apiUrl: string;
  /** OWNER/REPOSITORY */
  repository: string;
  token: string;
  send: typeof fetch;
}

interface Ref {
  ref: string;
  object: { sha: string; type: string };
}

const pageSize = 100;

export class ReleaseApi {
  private readonly settings: Settings;

  constructor(settings: Settings) {
    this.settings = settings;
  }

  /** A draft has no address by its tag: it is only in the list. */
  async release(tag: string): Promise<Release | undefined> {
    for (let page = 1; ; page += 1) {
      const releases = await this.call<Release[]>("GET", `/releases?per_page=${pageSize}&page=${page}`);
      const found = releases.find((one) => one.tag_name === tag);
      if (found || releases.length < pageSize) return found;
    }
  }

  create(tag: string, notes: string): Promise<Release> {
    return this.call("POST", "/releases", { tag_name: tag, name: tag, body: notes, draft: true });
  }

  /** Published: with the setting, neither its tag nor its files can change afterwards. */
  publish({ id }: Release, isLatest: boolean): Promise<Release> {
    return this.call("PATCH", `/releases/${id}`, { draft: false, make_latest: String(isLatest) });
  }

  async upload(release: Release, name: string, content: Uint8Array<ArrayBuffer>): Promise<Asset> {
    const url = `${release.upload_url.replace(/\{.*\}$/, "")}?name=${encodeURIComponent(name)}`;
    return (await this.request("POST", url, content)) as Asset;
  }

  async removeAsset({ id }: Asset): Promise<void> {
    await this.call("DELETE", `/releases/assets/${id}`);
  }

  /** The names of all tags that start so. */
  async tags(start: string): Promise<string[]> {
    const refs = await this.call<Ref[]>("GET", `/git/matching-refs/tags/${start}`);
    return refs.map(({ ref }) => ref.replace("refs/tags/", ""));
  }

  /** The commit of a tag, which may have a message of its own; undefined: there is no such tag. */
  async commitOf(tag: string): Promise<string | undefined> {
    const refs = await this.call<Ref[]>("GET", `/git/matching-refs/tags/${tag}`);
    const object = refs.find(({ ref }) => ref === `refs/tags/${tag}`)?.object;
    if (object?.type !== "tag") return object?.sha;
    return (await this.call<{ object: Ref["object"] }>("GET", `/git/tags/${object.sha}`)).object.sha;
  }

  async createTag(tag: string, sha: string): Promise<void> {
    await this.call("POST", "/git/refs", { ref: `refs/tags/${tag}`, sha });
  }

  async moveTag(tag: string, sha: string): Promise<void> {
    await this.call("PATCH", `/git/refs/tags/${tag}`, { sha, force: true });
  }

  private async call<T>(method: string, path: string, body?: object): Promise<T> {
    const url = `${this.settings.apiUrl}/repos/${this.settings.repository}${path}`;
    return (await this.request(method, url, body)) as T;
  }

  private async request(method: string, url: string, body?: object): Promise<unknown> {
    const isFile = body instanceof Uint8Array;
    const remedy = "Start the failed jobs of this run again: what is done already stays as it is.";
    const request = {
      method,
      headers: {
        accept: "application/vnd.github+json",
        authorization: `Bearer ${this.settings.token}`,
        "x-github-api-version": "2022-11-28",
        ...(body === undefined ? {} : { "content-type": isFile ? "application/octet-stream" : "application/json" }),
      },
      ...(body === undefined ? {} : { body: isFile ? (body as Uint8Array<ArrayBuffer>) : JSON.stringify(body) }),
    };
    const path = `${method} ${new URL(url).pathname}`;
    const response = await this.settings.send(url, request).catch((cause: unknown) => {
      throw new Problem(`GitHub did not answer ${path}: ${(cause as Error).message}`, remedy, { cause });
    });
    const text = await response.text();
    if (!response.ok) throw new Problem(`GitHub refused ${path}: ${response.status} ${text.slice(0, 500)}`, remedy);
    return text === "" ? undefined : JSON.parse(text);
  }
}
