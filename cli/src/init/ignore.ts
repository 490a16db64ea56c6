// .dockerignore: what is not in the image does not start a build.
import type { Answers } from "./answers.ts";

export const dockerIgnore = ({ ignored, folder }: Answers): string =>
  [".git", ".github", folder, ".env", "*.md", ...ignored, ""].join("\n");

/** Beside the Terraform files: the lock file of the provider is committed, states and plans are not. */
export const terraformIgnore = ".terraform/\n*.tfplan\n*.tfstate*\n";
