"""Sends what schemathesis makes of the document to a running stack, with the routes of one role after
the other. An undocumented status, a body or header that breaks its schema, an accepted request that the
schema forbids, and every 5xx make it fail.

Runs by `with_stack.py`, with `hooks.py`. A cross-check of fields (a total that is not the sum of its lines) is no part of
a schema, so that a refusal of schema-compliant data is no failure here.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "missing_required_header",
    "ignored_auth",
)
ROLES = ("pos", "agent", "supervisor", "admin", "member")
# The same seed and number of examples each time, so that a run is repeated exactly.
EXAMPLES = 8
LONGEST_S_PER_ROLE = 200


def of_role(document: dict, role: str) -> dict:
    paths = {
        path: {
            method: operation
            for method, operation in methods.items()
            if role in operation.get("x-roles", [role])
        }
        for path, methods in document["paths"].items()
    }
    return {**document, "paths": {path: methods for path, methods in paths.items() if methods}}


def main() -> int:
    document_path, schemathesis, folder = map(Path, sys.argv[1:])
    document = json.loads(document_path.read_text())
    failed = []
    environ = {**os.environ, "SCHEMATHESIS_HOOKS": str(Path(__file__).with_name("hooks.py"))}
    for role in ROLES:
        print(f"--- {role}", flush=True)
        path = folder / f"openapi-{role}.json"
        path.write_text(json.dumps(of_role(document, role)))
        command = [
            schemathesis, "run", path.resolve(), "--url", os.environ["PUNTOS_URL"],
            "--header", f"Authorization: Bearer {os.environ[role.upper()]}",
            "--checks", ",".join(CHECKS), "--phases", "examples,coverage,fuzzing,stateful",
            "--max-examples", str(EXAMPLES), "--seed", "1", "--warnings", "off",
            "--suppress-health-check", "all", "--generation-database", "none",
            "--request-timeout", "20",
        ]
        run = subprocess.run(
            command, cwd=folder, env=environ, timeout=LONGEST_S_PER_ROLE, check=False
        )
        if run.returncode != 0:
            failed.append(role)
    if failed:
        print(f"refuted as {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
