"""Runs a command against a fresh stack in memory, on a free port of 127.0.0.1.

The command gets PUNTOS_URL and a token for each role (POS, AGENT, SUPERVISOR, ADMIN), and MEMBER with
MEMBER_ID for a member who is enrolled. The stack stops with the command, and at the latest after ten
minutes.

    python3 tests/clients/with_stack.py target/debug/puntos COMMAND ARGUMENT...
"""

import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request

LONGEST_RUN_S = 600
STARTS_WITHIN_S = 60


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def asked(url: str, body=None, headers=None):
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", **(headers or {})}
    with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=30) as answer:
        return json.load(answer)


def wait_for(url: str, stack: subprocess.Popen) -> None:
    until = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < until and stack.poll() is None:
        try:
            urllib.request.urlopen(f"{url}/local/health", timeout=5).close()
            return
        except OSError:
            time.sleep(0.1)
    sys.exit("the stack did not start")


def environment(url: str) -> dict[str, str]:
    def token(role: str, **further) -> str:
        return asked(f"{url}/local/tokens", {"role": role, **further})["token"]

    roles = {role.upper(): token(role) for role in ("pos", "agent", "supervisor", "admin")}
    headers = {"Authorization": f"Bearer {roles['POS']}", "Idempotency-Key": "member-of-all-tests"}
    member = asked(f"{url}/v1/members", {"name": "Mina Muster", "card_number": "7700"}, headers)
    member_id = member["member_id"]
    return {
        "PUNTOS_URL": url,
        **roles,
        "MEMBER": token("member", member_id=member_id),
        "MEMBER_ID": member_id,
    }


def main() -> int:
    binary, *command = sys.argv[1:]
    port = free_port()
    stack = subprocess.Popen(
        [binary, "serve", "--memory", "--port", str(port)], stdout=subprocess.DEVNULL
    )
    # Ends the stack also if the command hangs.
    killer = threading.Timer(LONGEST_RUN_S, stack.kill)
    killer.daemon = True
    killer.start()
    try:
        url = f"http://127.0.0.1:{port}"
        wait_for(url, stack)
        environ = {**os.environ, **environment(url)}
        return subprocess.run(command, env=environ, timeout=LONGEST_RUN_S, check=False).returncode
    finally:
        stack.terminate()
        stack.wait(timeout=30)


if __name__ == "__main__":
    sys.exit(main())
