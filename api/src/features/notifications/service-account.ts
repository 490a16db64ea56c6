// The key of a Google service account, as its JSON file has it. What is wrong with one is said without any of it.
import { createPrivateKey, type KeyObject } from "node:crypto";
import { z } from "zod";

export interface ServiceAccount {
  clientEmail: string;
  keyId: string;
  /** Not shown where an object is printed. */
  privateKey: KeyObject;
  projectId: string;
}

const file = z.object({
  type: z.literal("service_account"),
  project_id: z.string().min(1),
  private_key_id: z.string().min(1),
  private_key: z.string().min(1),
  client_email: z.email(),
});
const message = "must be the JSON file of a key of a Google service account, with an RSA key in it";

function parsed(text: string): ServiceAccount | undefined {
  try {
    const key = file.parse(JSON.parse(text));
    const privateKey = createPrivateKey(key.private_key);
    if (privateKey.asymmetricKeyType !== "rsa") return undefined;
    return { clientEmail: key.client_email, keyId: key.private_key_id, privateKey, projectId: key.project_id };
  } catch {
    return undefined;
  }
}

/** FIREBASE_SERVICE_ACCOUNT_KEY; none where it is empty or what Terraform creates until someone sets it. */
export const serviceAccountKey = z
  .string()
  .transform((text, context): ServiceAccount | undefined => {
    if (text.trim() === "" || text.trim() === "not-set") return undefined;
    const account = parsed(text);
    if (!account) context.addIssue({ code: "custom", message });
    return account;
  })
  .optional();

/** FIREBASE_PROJECT_ID: https://cloud.google.com/resource-manager/docs/creating-managing-projects, also older ones. */
export const firebaseProject = z
  .string()
  .trim()
  .transform((text) => (text === "" || text === "not-set" ? undefined : text))
  .refine(
    (text) => text === undefined || /^(?:[a-z0-9.-]{1,80}:)?[a-z][a-z0-9-]{3,29}$/.test(text),
    "must be the ID of a project",
  )
  .optional();
