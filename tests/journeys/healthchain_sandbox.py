"""Run in an environment of its own, which has HealthChain: its sandbox calls a hook service.

    python healthchain_sandbox.py URL WORKFLOW PREFETCH.json

Prints what came back, as JSON. HealthChain makes the request; only whose record it is about is
said, for it would be made up.
"""

import json
import sys

from healthchain.sandbox import SandboxClient


def main() -> None:
    url, workflow, prefetch = sys.argv[1:]
    client = SandboxClient(url=url, workflow=workflow)
    client.load_from_path(prefetch)
    for request in client.requests:
        request.context.userId, request.context.patientId = "Practitioner/fys1", "p1"
        if workflow != "patient-view":
            request.context.encounterId = "e1"
    sys.stdout.write(json.dumps(client.send_requests()))


main()
