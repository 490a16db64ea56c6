// The scripted S3 in a separate process, so that its time and memory are not part of the measurement. It sends its
// endpoint to its parent process, and for each object when it appeared.
import { ScriptedS3 } from "../actions/db-backup/test/scripted-s3.ts";

if (!process.send) throw new Error("bench/db-backup.ts starts this file as a child process");
const send = process.send.bind(process);
const s3 = await ScriptedS3.start();
// The other methods write as no policy of a backup allows.
s3.policies = [{ Statement: [{ Effect: "Allow", Action: "s3:*", Resource: "*" }] }];
s3.onRequest = (operation, key, when) => {
  if (when === "after" && (operation === "complete" || operation === "put"))
    send({ appeared: key, at: Date.now(), bytes: s3.objects.get(key)?.size ?? 0 });
};
process.on("message", () => {
  s3.objects.clear();
  s3.calls.length = 0;
  send({ cleared: true });
});
process.on("disconnect", () => process.exit());
send({ endpoint: s3.endpoint });
