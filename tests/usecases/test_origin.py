"""Addresses of one server are alike, and what may be read in two ways is of none."""

import pytest

from service.usecases.origin import origin_of


@pytest.mark.parametrize(
    "address",
    [
        "https://record.example",
        "https://record.example/fhir/token?x=1",
        "HTTPS://Record.Example:443/",
    ],
)
def test_addresses_of_one_server_have_one_origin(address):
    assert origin_of(address) == "https://record.example:443"


@pytest.mark.parametrize(
    "address",
    ["http://record.example", "https://record.example:8443", "https://record.example.evil.example"],
)
def test_another_scheme_port_or_host_is_another_server(address):
    assert origin_of(address) not in ("", origin_of("https://record.example"))


@pytest.mark.parametrize(
    "address",
    [
        "",
        "record.example",
        "//record.example",
        "ftp://record.example",
        "https://",
        "https://[record.example",
        "https://record.example:x/",
        "https://record.example:99999/",
        "https://record.example@evil.example/",
        "https://@record.example/",
        "https://evil.example\\@record.example/",
        "https://record.example\\.evil.example/",
        "https://record.example/ token",
        "https://record.example/token#here",
        "https://recørd.example/",
    ],
)
def test_what_is_no_address_or_may_be_read_in_two_ways_is_of_no_server(address):
    assert origin_of(address) == ""
