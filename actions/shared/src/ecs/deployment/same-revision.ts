// A revision that was deployed again leaves no other one to go back to.
import { shortName } from "../task-definition/task-definition.ts";

/** Why a rollback is not possible, as the rest of a sentence, and what is. */
export const onlyRevision = (arn: string): string =>
  `${shortName(arn)} is also the revision that ran before. To go back, deploy the image that ran before by its digest (container=repository@sha256:…).`;
