"""Requests that are bent on purpose, byte for byte: what one reader takes as one, another as two.

Each hides a second request, for an address that nobody else asks for. Sources: RFC 9112 (messages,
6.1 and 6.3 on lengths, 7.1 on chunks, 2.2 on line ends), RFC 9110 (10.1.1, Expect).
"""

from dataclasses import dataclass

HIDDEN_ROUTE = "/.well-known/jwks.json"  # asked for by nothing but what is hidden here
HIDDEN = f"GET {HIDDEN_ROUTE} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
POST = b"POST /api/v1/encounters HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
GET = b"GET /health/live HTTP/1.1\r\nHost: x\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"


# What nginx takes more kindly than RFC 9112: as a request, or as two of which it knows. It is the
# first to read them, and hands each on anew with a length, so the service reads what it did.
NGINX_TAKES = {"a header without a colon"}
NGINX_READS_TWO = {
    "a chunk of '2 '",
    "a chunk of '2\\t'",
    "a chunk that ends in LF",
    "a trailer that is none",
}


@dataclass(frozen=True)
class Bent:
    """One request. When `fits` it is one that may be answered as any other, once."""

    name: str
    sent: bytes
    fits: bool = False


def length(number: object, name: str = "Content-Length") -> bytes:
    return f"{name}: {number}\r\n".encode()


def chunk(content: bytes, size: str | None = None) -> bytes:
    return (f"{len(content):x}" if size is None else size).encode() + b"\r\n" + content + b"\r\n"


END = b"0\r\n\r\n"
ENDED = b"\r\n" + END + HIDDEN  # a chunked body without content, and what is behind it


def _lengths_and_chunks() -> list[Bent]:
    """Two ways to say where the body ends."""
    all_of_it = len(END + HIDDEN)
    return [
        Bent("a length and chunks", POST + length(all_of_it) + CHUNKED + ENDED),
        Bent("chunks and a length", POST + CHUNKED + length(all_of_it) + ENDED),
        Bent(
            "a short length and chunks", POST + length(4) + CHUNKED + b"\r\n" + chunk(HIDDEN) + END
        ),
        Bent("two lengths", POST + length(2) + length(2 + len(HIDDEN)) + b"\r\n{}" + HIDDEN),
        Bent("two lengths, the long one first", POST + length(99) + length(2) + b"\r\n{}" + HIDDEN),
        Bent("two lengths in one line", POST + length("2, 99") + b"\r\n{}" + HIDDEN),
        Bent("the same length twice in a line", POST + length("2, 2") + b"\r\n{}" + HIDDEN),
    ]


def _odd_lengths() -> list[Bent]:
    numbers = ("-1", "+2", "2 2", "0x2", "2.0", "1e1", " ", "", "٢", "2;", '"2"', "2_0", "9" * 400)
    return [
        *(
            Bent(f"a length of {number!r:.20}", POST + length(number) + b"\r\n{}" + HIDDEN)
            for number in numbers
        ),
        Bent("a length before a blank", POST + length(2, "Content-Length ") + b"\r\n{}" + HIDDEN),
        Bent("a length after a tab", POST + length(2, "\tContent-Length") + b"\r\n{}" + HIDDEN),
        Bent(
            "a length with an underscore", POST + length(0, "Content_Length") + b"\r\n", fits=True
        ),
    ]


def _odd_codings() -> list[Bent]:
    """Ways to write `Transfer-Encoding: chunked` that one reader understands and one does not."""
    lines = {
        "a blank before the colon": b"Transfer-Encoding : chunked\r\n",
        "a tab before the colon": b"Transfer-Encoding\t: chunked\r\n",
        "a vertical tab": b"Transfer-Encoding:\x0bchunked\r\n",
        "a blank in front": b" Transfer-Encoding: chunked\r\n",
        "an x in front": b"Transfer-Encoding: xchunked\r\n",
        "quotes": b'Transfer-Encoding: "chunked"\r\n',
        "identity": b"Transfer-Encoding: identity\r\n",
        "identity after it": b"Transfer-Encoding: chunked, identity\r\n",
        "chunked twice": b"Transfer-Encoding: chunked, chunked\r\n",
        "chunked in two lines": CHUNKED + CHUNKED,
        "chunked and nonsense": CHUNKED + b"Transfer-Encoding: cow\r\n",
        "gzip": b"Transfer-Encoding: gzip, chunked\r\n",
        "a folded line": b"Transfer-Encoding:\r\n chunked\r\n",
        "a folded header": b"X-A: b\r\n\tTransfer-Encoding: chunked\r\n",
        "a bare LF": b"X-A: b\nTransfer-Encoding: chunked\r\n",
        "a bare CR": b"X-A: b\rTransfer-Encoding: chunked\r\n",
        "NUL": b"Transfer-Encoding: chunked\0\r\n",
        "a semicolon": b"Transfer-Encoding: chunked;a=b\r\n",
    }
    body = b"\r\n" + chunk(b"{}") + END + HIDDEN
    return [
        *(
            Bent(f"chunks, by {name}", POST + length(2) + line + b"\r\n{}" + HIDDEN)
            for name, line in lines.items()
        ),
        Bent(
            "chunks by an underscore",
            POST + length(2) + b"Transfer_Encoding: chunked\r\n\r\n{}",
            fits=True,
        ),
        Bent(
            "capitals", POST + b"TRANSFER-ENCODING: CHUNKED\r\n\r\n" + chunk(b"{}") + END, fits=True
        ),
        Bent("chunks in HTTP/1.0", POST.replace(b"1.1", b"1.0") + CHUNKED + body),
    ]


def _odd_chunks() -> list[Bent]:
    sizes = (
        "-2",
        "+2",
        "0x2",
        " 2",
        "2 ",
        "2\t",
        "2_",
        "zz",
        "",
        "f" * 17,
        "2\0",
        "٢",
        "1e",
        "2;\n",
    )
    head = POST + CHUNKED + b"\r\n"
    return [
        *(Bent(f"a chunk of {size!r}", head + chunk(b"{}", size) + END + HIDDEN) for size in sizes),
        Bent("a chunk that is longer", head + b"2\r\n{}{}\r\n" + END + HIDDEN),
        Bent("a chunk without its end", head + b"2\r\n{}" + END + HIDDEN),
        Bent("a chunk that ends in LF", head + b"2\n{}\n0\n\n" + HIDDEN),
        Bent("a chunk that ends in CR", head + b"2\r{}\r0\r\r" + HIDDEN),
        Bent("an extension", head + b"2;a=b\r\n{}\r\n" + END, fits=True),
        Bent("an extension with a line end", head + b"2;a\n=b\r\n{}\r\n" + END + HIDDEN),
        Bent(
            "a trailer with a length",
            head + b"2\r\n{}\r\n0\r\nContent-Length: 9\r\n\r\n",
            fits=True,
        ),
        Bent(
            "a trailer with a token",
            head + b"2\r\n{}\r\n0\r\nAuthorization: Bearer x\r\n\r\n",
            fits=True,
        ),
        Bent("a trailer that is none", head + b"2\r\n{}\r\n0\r\nnone at all\r\n\r\n" + HIDDEN),
    ]


def _odd_heads() -> list[Bent]:
    return [
        Bent("no host", b"GET /health/live HTTP/1.1\r\n\r\n", fits=True),
        Bent("two hosts", GET + b"Host: y\r\n\r\n", fits=True),
        Bent("a host that is none", b"GET /health/live HTTP/1.1\r\nHost: a b/@\r\n\r\n", fits=True),
        Bent(
            "a whole address",
            b"GET http://evil.example/health/live HTTP/1.1\r\nHost: x\r\n\r\n",
            fits=True,
        ),
        Bent("an authority", b"CONNECT evil.example:80 HTTP/1.1\r\nHost: x\r\n\r\n", fits=True),
        Bent("an asterisk", b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", fits=True),
        Bent("no slash", b"GET health/live HTTP/1.1\r\nHost: x\r\n\r\n", fits=True),
        Bent("HTTP/0.9", b"GET /health/live\r\n" + HIDDEN),
        Bent("HTTP/1.2", b"GET /health/live HTTP/1.2\r\nHost: x\r\n\r\n", fits=True),
        Bent("HTTP/2.0", b"GET /health/live HTTP/2.0\r\nHost: x\r\n\r\n"),
        Bent("the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0" * 9),
        Bent("HTTP/9.9", b"GET /health/live HTTP/9.9\r\nHost: x\r\n\r\n"),
        Bent("no version", b"GET /health/live HTTP/\r\nHost: x\r\n\r\n"),
        Bent("small http", b"GET /health/live http/1.1\r\nHost: x\r\n\r\n"),
        Bent("a tab for a blank", b"GET\t/health/live\tHTTP/1.1\r\nHost: x\r\n\r\n"),
        Bent("two blanks", b"GET  /health/live  HTTP/1.1\r\nHost: x\r\n\r\n", fits=True),
        Bent(
            "a blank in the address", b"GET /health/live /x HTTP/1.1\r\nHost: x\r\n\r\n", fits=True
        ),
        Bent("NUL in the address", b"GET /health\0/live HTTP/1.1\r\nHost: x\r\n\r\n", fits=True),
        Bent("NUL in a header", GET + b"X-A: a\0b\r\n\r\n"),
        Bent("NUL in a name", GET + b"X\0A: b\r\n\r\n"),
        Bent("a CR in a header", GET + b"X-A: a\rb\r\n\r\n"),
        Bent("a header without a name", GET + b": b\r\n\r\n"),
        Bent("a header without a colon", GET + b"X-A\r\n\r\n"),
        Bent("a folded header", GET + b"X-A: a\r\n b\r\n\r\n"),
        Bent("line ends of LF", b"GET /health/live HTTP/1.1\nHost: x\n\n", fits=True),
        Bent(
            "a line end in the address",
            b"GET /health/live%0d%0aX:%20y HTTP/1.1\r\nHost: x\r\n\r\n",
            fits=True,
        ),
        Bent("a method with a line end", b"GE\nT /health/live HTTP/1.1\r\nHost: x\r\n\r\n"),
        Bent("a method of nonsense", b"G@T( /health/live HTTP/1.1\r\nHost: x\r\n\r\n"),
        Bent("a header that is too long", GET + b"X-A: " + b"a" * 40_000 + b"\r\n\r\n"),
        Bent(
            "too many headers", GET + b"".join(b"X-%d: b\r\n" % n for n in range(2_000)) + b"\r\n"
        ),
        Bent(
            "an address that is too long",
            b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        ),
    ]


def _what_proxies_say() -> list[Bent]:
    """From a peer that nobody configured."""
    told = (
        "X-Forwarded-For: 127.0.0.1",
        "X-Forwarded-Proto: https",
        "X-Forwarded-Host: evil.example",
        "Forwarded: for=127.0.0.1;host=evil.example",
        "X-Real-IP: 127.0.0.1",
        "X_Forwarded_For: 127.0.0.1",
        f"X-Original-URL: {HIDDEN_ROUTE}",
        f"X-Rewrite-URL: {HIDDEN_ROUTE}",
        f"PATH_INFO: {HIDDEN_ROUTE}",
        f"SCRIPT_NAME: {HIDDEN_ROUTE}",
        "X-HTTP-Method-Override: DELETE",
        "Upgrade: h2c",
        "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__",
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: eA==",
        "Connection: close, Content-Length, Host",
        "Max-Forwards: 0",
    )
    return [
        Bent(each.partition("\r\n")[0], GET + f"{each}\r\n\r\n".encode(), fits=True)
        for each in told
    ]


def _bodies_that_nobody_reads() -> list[Bent]:
    """What was not read must not be taken for what comes next."""
    whole = length(len(HIDDEN)) + b"\r\n" + HIDDEN
    unknown = b"POST /nothing-here HTTP/1.1\r\nHost: x\r\n"
    return [
        Bent("a body, and no token", POST + whole, fits=True),
        Bent("a body at no address", unknown + whole, fits=True),
        Bent("a body of GET", GET + whole, fits=True),
        Bent("a body of HEAD", GET.replace(b"GET", b"HEAD") + whole, fits=True),
        Bent("a body of TRACE", GET.replace(b"GET", b"TRACE") + whole, fits=True),
        Bent(
            "chunks that nobody reads", unknown + CHUNKED + b"\r\n" + chunk(HIDDEN) + END, fits=True
        ),
        Bent(
            "a wrong method with a body",
            b"PUT /health/live HTTP/1.1\r\nHost: x\r\n" + whole,
            fits=True,
        ),
        Bent("Expect, and the body at once", POST + b"Expect: 100-continue\r\n" + whole, fits=True),
        Bent("an Expect that is unknown", POST + b"Expect: the-unexpected\r\n" + whole, fits=True),
        Bent("a body that is too long", POST + length(10**12) + b"\r\n" + HIDDEN, fits=True),
    ]


CORPUS = [
    *_lengths_and_chunks(),
    *_odd_lengths(),
    *_odd_codings(),
    *_odd_chunks(),
    *_odd_heads(),
    *_what_proxies_say(),
    *_bodies_that_nobody_reads(),
]
