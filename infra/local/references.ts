// `$/`, "the repository and commit that contain this file", for what does not know it: act, older runners, GitHub
// Enterprise Server.

/** @param ref "OWNER/REPOSITORY@REF" */
export function withCompleteReferences(text: string, ref: string): string {
  const [repository, revision] = ref.split("@");
  return text.replaceAll(/uses: \$\/(\S+)/g, `uses: ${repository}/$1@${revision}`);
}
