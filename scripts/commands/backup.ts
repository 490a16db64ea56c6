// Backs up, verifies, restores or swaps the database with the same workflow as on GitHub: .github/workflows/backup.yml.
import { backup, runWorkflowCommand } from "../lib/workflow-commands.ts";

await runWorkflowCommand(backup);
