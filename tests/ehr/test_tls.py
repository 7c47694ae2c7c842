"""A record over HTTPS: only with a certificate that is trusted, and with the same ends."""

import ssl
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from werkzeug.serving import make_server

from service.config.tenants import RecordOf, WrongSetting
from service.ehr.check import check_record
from service.ehr.wire import Silence, Wire
from service.records import record_of
from service.stand_in.rest import create_stand_in
from tests.ehr.faults import _Quiet


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for 127.0.0.1 that nobody but its file vouches for."""
    folder = tmp_path_factory.mktemp("tls")
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "record")])
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    (folder / "certificate.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return folder


@contextmanager
def serving_tls(app, folder):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    server = make_server(
        "127.0.0.1", 0, app, threaded=True, request_handler=_Quiet, ssl_context=context
    )
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def test_a_certificate_is_trusted_by_its_file_and_not_otherwise(tmp_path, certificate):
    app = create_stand_in(tmp_path / "record.sqlite")
    with serving_tls(app, certificate) as url:
        trusting = record_of(RecordOf(url, ca_file=str(certificate / "certificate.pem")))
        assert all(step.is_good for step in check_record(trusting))
        (step,) = check_record(record_of(RecordOf(url)))
        assert not step.is_good
        assert "certificate" in step.seen
        assert "ca_file" in step.seen


def test_an_answer_that_drips_over_tls_ends_too(certificate):
    def dripping(environ, start):
        start("200 OK", [("Content-Type", "application/fhir+json")])
        for _ in range(100):
            yield b" "
            time.sleep(0.1)

    with serving_tls(dripping, certificate) as url:
        wire = Wire(url, whole=0.5, ca_file=str(certificate / "certificate.pem"))
        began = time.monotonic()
        with pytest.raises(Silence) as told:
            wire.send("GET")
        assert time.monotonic() - began < 8  # of ten
        assert told.value.sent


def test_a_file_that_is_not_there_is_told_at_the_start(tmp_path):
    with pytest.raises(WrongSetting, match="ca_file"):
        record_of(RecordOf("https://fhir.a.example/r4", ca_file=str(tmp_path / "no.pem")))
