"""Whose server an address is of, before something is sent there that another told us to send.

A record names addresses of its login; a token or a code goes there only when it is a server that
the clinic's settings name. Knows no settings and no HTTP.
"""

import re
from urllib.parse import urlsplit

_PLAIN = re.compile(r"[!-\[\]^-~]+")  # no blank, no backslash: clients read those in two ways
_PORTS = {"https": 443, "http": 80}


def origin_of(address: str) -> str:
    """Scheme, host and port (RFC 6454, 4), the port always written.

    "" when it is no address that we would call, or may be read in two ways: with a user, or with
    a fragment, which no endpoint of OAuth has (RFC 6749, 3.1 and 3.2).
    """
    try:
        parts = urlsplit(address)
        port = parts.port or _PORTS[parts.scheme]
    except (ValueError, KeyError):
        return ""
    plain = _PLAIN.fullmatch(address) and parts.username is None and not parts.fragment
    return f"{parts.scheme}://{parts.hostname}:{port}" if plain and parts.hostname else ""
