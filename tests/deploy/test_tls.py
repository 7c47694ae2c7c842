"""What the shipped proxy speaks over TLS, by OpenSSL's own client."""

import re
import subprocess

import pytest

from tests.deploy.proxy import running_nginx
from tests.live import free_port

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    nobody = f"http://127.0.0.1:{free_port()}"
    with running_nginx(tmp_path_factory.mktemp("nginx"), nobody) as proxy:
        yield proxy.port


def spoken(port: int, *offered: str) -> tuple[str, str]:
    """Protocol and cipher that come about; "" when nothing does."""
    command = ["openssl", "s_client", "-connect", f"localhost:{port}", *offered]
    done = subprocess.run(command, input="", capture_output=True, text=True, check=False)
    found = re.search(r"^New, (TLSv[0-9.]+), Cipher is (\S+)$", done.stdout, re.MULTILINE)
    return (found[1], found[2]) if found else ("", "")


@pytest.mark.parametrize(
    "offered",
    [
        ("-tls1", "-cipher", "ALL:@SECLEVEL=0"),
        ("-tls1_1", "-cipher", "ALL:@SECLEVEL=0"),
        ("-tls1_2", "-cipher", "ECDHE-RSA-AES256-SHA384"),  # CBC
        ("-tls1_2", "-cipher", "AES256-GCM-SHA384"),  # no forward secrecy
        ("-tls1_2", "-cipher", "DHE-RSA-AES256-GCM-SHA384"),
        ("-tls1_2", "-cipher", "ALL:!ECDHE:@SECLEVEL=0"),
    ],
)
def test_nothing_old_is_spoken_over_tls(port, offered):
    assert spoken(port, *offered) == ("", "")


def test_the_strongest_is_chosen_whatever_the_client_would_rather(port):
    assert spoken(port)[0] == "TLSv1.3"
    wish = "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384"
    assert spoken(port, "-tls1_2", "-cipher", wish) == ("TLSv1.2", "ECDHE-RSA-AES256-GCM-SHA384")
