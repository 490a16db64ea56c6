// The scripted S3 as a process of its own, so that it neither slows what is measured nor counts for it. Tells its
// parent where it
// listens, and when each object appeared.
import { ScriptedS3 } from "../actions/db-backup/test/scripted-s3.ts";

const s3 = await ScriptedS3.start();
s3.onRequest = (operation, key, when) => {
  if (when === "after" && (operation === "complete" || operation === "put"))
    process.send!({ appeared: key, at: Date.now(), bytes: s3.objects.get(key)?.body.length ?? 0 });
};
process.on("message", () => {
  s3.objects.clear();
  s3.calls.length = 0;
  process.send!({ cleared: true });
});
process.on("disconnect", () => process.exit());
process.send!({ endpoint: s3.endpoint });
