"""`python -m tests.doors.watched_service FILE serve …`: the service, and FILE tells whom it calls.

Python tells an audit hook of every connect and every look-up of a name before it happens, in the
workers that gunicorn forks too (PEP 578). So what leads nowhere is seen as well.
"""

import json
import os
import runpy
import sys
from typing import Any

OUT = {
    *("socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo"),
    *("socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo"),
    *("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn"),
    *("ftplib.connect", "smtplib.connect", "telnetlib.Telnet.open", "webbrowser.open"),
}
_READ = ("/etc/passwd",)  # what a file: address of the corpus names


def watch(path: str) -> None:
    """Write down each call of this process and its children."""
    file = os.open(path, os.O_WRONLY | os.O_APPEND)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and arguments[0] in _READ:
            place = str(arguments[0])
        elif event not in OUT:
            return
        else:
            place = where(event, arguments)
        os.write(file, json.dumps([event, place]).encode() + b"\n")

    sys.addaudithook(hook)


def where(event: str, arguments: tuple[Any, ...]) -> str:
    """Where a call goes."""
    if event == "socket.getaddrinfo":
        return f"{arguments[0]}:{arguments[1]}"
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = arguments[1]
        return f"{address[0]}:{address[1]}" if isinstance(address, tuple) else str(address)
    return str(arguments[0])


if __name__ == "__main__":
    watch(sys.argv[1])
    sys.argv[1:] = sys.argv[2:]
    runpy.run_module("service", run_name="__main__", alter_sys=True)
