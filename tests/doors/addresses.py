"""Spellings of addresses that lead where nothing may be asked: to listeners of the tests.

They are made by rule: every way to write this machine, every way to hide a host in a URL, every
scheme that some library fetches. Nothing here depends on which of them a library understands.
"""

from collections.abc import Iterator, Sequence

REGISTERED = "ehr.example"  # looks as if it were allowed

# Ways to write 127.0.0.1, and a few more that lead to this machine, or to a cloud's secrets.
NUMBERS = (
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "0",
    "0.0.0.0",
    "127.0.0.2",
    "127.255.255.254",
    "2130706433",
    "0x7f000001",
    "0x7F.0.0.1",
    "0x7f.1",
    "017700000001",
    "0177.0.0.1",
    "0177.1",
    "127.000.000.001",
    "0x7f.0x0.0x0.0x1",
    "127.0.0.1.",
    "127.0.0.01",
    "00127.0.0.1",
    "4294967295",
    "6425673729",
    "169.254.169.254",
    "2852039166",
    "0xa9fea9fe",
    "0251.0376.0251.0376",
)
SIX = (
    "[::1]",
    "[::]",
    "[0:0:0:0:0:0:0:1]",
    "[0000:0000::0001]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[::1%25lo]",
    "[::1%lo]",
    "[fe80::1%25lo]",
    "[fe80::1%lo]",
    "[2002:7f00:1::]",
    "[fd00:ec2::254]",
    "[::1].",
    "[::1",
)
NAMES = (
    "localhost",
    "LOCALHOST",
    "localhost.",
    "localhost.localdomain",
    "ip6-localhost",
    "loc%61lhost",
    "%6c%6f%63%61%6c%68%6f%73%74",
    "%31%32%37.0.0.1",
    "127%2e0%2e0%2e1",
    "１２７.０.０.１",
    "127。0。0。1",
    "①②⑦.⓪.⓪.①",
    "ｌｏｃａｌｈｏｓｔ",
    "local\u00adhost",
    "local\u200bhost",
    "xn--localhost-9w9g",
    "xn--lcalhost-54a",
    "lоcalhost",
    "127.0.0.1.nip.example",
    "metadata.google.internal",
    "canary.example",
    "db",
    "instance-data",
)
HOSTS = (*NUMBERS, *SIX, *NAMES)

PLAIN = ("http://{h}:{p}/x", "https://{h}:{p}/x", "http://{h}:{p}", "http://{h}/x")
# One host, hidden behind another, behind nothing, or behind what parsers read in two ways.
HIDDEN = (
    "HTTP://{h}:{p}/x",
    "hTTp://{h}:{p}/x",
    "//{h}:{p}/x",
    "///{h}:{p}/x",
    "http:///{h}:{p}/x",
    "http:/{h}:{p}/x",
    "http:{h}:{p}/x",
    "http:\\\\{h}:{p}\\x",
    "http:/\\{h}:{p}/x",
    "\\\\{h}\\x",
    "http://{r}@{h}:{p}/x",
    "http://{r}:80@{h}:{p}/x",
    "http://{r}%40{h}:{p}/x",
    "http://@{h}:{p}/x",
    "http://a:b@{h}:{p}/x",
    "http://a@b@{h}:{p}/x",
    "http://{r}\\@{h}:{p}/x",
    "http://{h}:{p}\\@{r}/x",
    "http://{r}#@{h}:{p}/x",
    "http://{h}:{p}#@{r}/x",
    "http://{r}?@{h}:{p}/x",
    "http://{h}:{p}?@{r}/x",
    "http://{h}:{p}#{r}",
    "http://{h}:{p};{r}/x",
    "http://{r},{h}:{p}/x",
    "http://{r};@{h}:{p}/x",
    "http://{r}.{h}:{p}/x",
    "http://{h}:{p}.{r}/x",
    "http://{r} {h}:{p}/x",
    "http://{h} .{r}:{p}/x",
    "http://{r}%2f@{h}:{p}/x",
    "http://{r}/%2e%2e//{h}:{p}/x",
    "http://{h}:{p}/../x",
    "http://{h}:{p}/%2e%2e/x",
    "http://{h}%00.{r}:{p}/x",
    "http://{h}:{p}%23.{r}/x",
    "http://{h}%0a.{r}:{p}/x",
    "http://{h}%09:{p}/x",
    " http://{h}:{p}/x",
    "http://{h}:{p}/x ",
    "\thttp://{h}:{p}/x",
    "\nhttp://{h}:{p}/x",
    "http://{h}:{p}/x\r\n",
    "ht\ttp://{h}:{p}/x",
    "http:\n//{h}:{p}/x",
    "http://{h}\t:{p}/x",
    "http://\r{h}:{p}/x",
    "\u00a0http://{h}:{p}/x",
    "http://{h}:{p}/\r\nX-A: b",
    "http://{h}:{p}/%0d%0aX-A:%20b",
    "http://{h}:{p}/ HTTP/1.1\r\nA: b",
    "http://{h}:0{p}/x",
    "http://{h}:+{p}/x",
    "http://{h}: {p}/x",
    "http://{h}:{p}:80/x",
    "http://{h}:65536{p}/x",
    "http://{h}:{p}//{r}/x",
    "http%3a%2f%2f{h}:{p}/x",
    "http%253a%252f%252f{h}:{p}/x",
    "URL:http://{h}:{p}/x",
    "<http://{h}:{p}/x>",
    '"http://{h}:{p}/x"',
    "http://{h}:{p}/x|1",
    "http://{h}:{p}/Patient/1",
    "http://{h}:{p}/301",
    "http://{h}:{p}/307",
    "http://{h}:{p}/x?url=http://{h}:{p}",
    "{h}:{p}",
    "{h}",
)
SCHEMES = (
    "file:///etc/passwd",
    "file://{h}/etc/passwd",
    "file:/etc/passwd",
    "FILE:///etc/passwd",
    "gopher://{h}:{p}/_GET%20/",
    "dict://{h}:{p}/d",
    "ftp://{h}:{p}/x",
    "ftps://{h}:{p}/x",
    "sftp://{h}:{p}/x",
    "tftp://{h}:{p}/x",
    "ldap://{h}:{p}/x",
    "ldaps://{h}:{p}/x",
    "jar:http://{h}:{p}/x!/y",
    "netdoc:///etc/passwd",
    "ws://{h}:{p}/x",
    "wss://{h}:{p}/x",
    "data:application/json,{{}}",
    "data:text/html;base64,PGI+",
    "javascript:fetch('//{h}:{p}')",
    "view-source:http://{h}:{p}/x",
    "unix:/run/x.sock",
    "http+unix://%2frun%2fx/",
    "smb://{h}/x",
    "mailto:a@{h}",
    "urn:uuid:00000000-0000-4000-8000-000000000000",
    "phar://{h}/x",
    "s3://{h}/x",
    "php://filter/resource=http://{h}:{p}/x",
    "git://{h}:{p}/x",
    "svn://{h}:{p}/x",
    "imap://{h}/x",
)


def lookalikes(base: str) -> tuple[str, ...]:
    """Spellings that begin with, end with or contain a registered address, and are not it."""
    scheme, _, rest = base.partition("://")
    host, _, path = rest.partition("/")
    return (
        f"{scheme}://{host}.evil.example/{path}",
        f"{scheme}://evil.example/{rest}",
        f"{base}.evil.example",
        f"{base}/../evil",
        f"{base}/x",
        f"{base}?x",
        f"{base}#x",
        f"{base};x",
        f"{scheme}://{host}@canary.example/{path}",
        f"{scheme}://a@{host}/{path}",
        f" {base}",
        f"{scheme}://{host}\\@canary.example/{path}",
        f"{scheme}://{host}:80/{path}",
        f"x{base}",
        f"{scheme}://canary.example\\@{host}/{path}",
        f"{scheme}://canary.example#@{host}/{path}",
        base.upper(),
        base.replace("127.0.0.1", "127.1"),
        base.replace("127.0.0.1", "localhost"),
        base.replace("http:", "https:"),
        base.replace("http:", "ftp:"),
        f"{base}%00",
        f"{base}\t",
        base.replace("127.0.0.1", "[::ffff:127.0.0.1]"),
        base.replace("127.0.0.1", "127.0.0.1."),
    )


def spellings(ports: Sequence[int]) -> list[str]:
    """All of them, each once, in a fixed order; they lead to these ports in turn."""
    found = dict.fromkeys(_all(ports))
    return list(found)


def _all(ports: Sequence[int]) -> Iterator[str]:
    for number, (shape, host) in enumerate(_pairs()):
        yield shape.format(h=host, p=ports[number % len(ports)], r=REGISTERED)


def _pairs() -> Iterator[tuple[str, str]]:
    yield from ((shape, host) for host in HOSTS for shape in PLAIN)
    yield from ((shape, host) for shape in HIDDEN for host in ("127.0.0.1", "localhost"))
    yield from ((shape, "127.0.0.1") for shape in SCHEMES)
