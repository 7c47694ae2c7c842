"""The record and its login, as the launches' own tests have them."""

from tests.smart.conftest import logins, servers, world

__all__ = ["logins", "servers", "world"]
