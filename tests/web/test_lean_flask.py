"""What Flask is spared is what the service does not use."""

import pytest
from flask import Flask, redirect

from service.web.lean import LeanFlask


@pytest.fixture
def plain_and_lean():
    """The same small application on Flask as it is, and on ours."""
    return [_application(kind(__name__)) for kind in (Flask, LeanFlask)]


def _application(app):
    @app.before_request
    def check() -> None:
        app.config.setdefault("checked", []).append(1)

    @app.route("/plans/<plan_id>", methods=["GET", "POST"])
    def plan(plan_id):
        return {"plan": plan_id}, 201, {"ETag": 'W/"1"'}

    @app.route("/folder/")
    def folder():
        return "folder"

    @app.route("/away")
    def away():
        return redirect("/plans/1")

    return app


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("GET", "/plans/1"),
        ("POST", "/plans/1?language=da"),
        ("GET", "/plans/%C3%A6%C3%B8%C3%A5"),
        ("GET", "/plans/%ff"),
        ("HEAD", "/plans/1"),
        ("OPTIONS", "/plans/1"),
        ("DELETE", "/plans/1"),
        ("GET", "/folder"),
        ("GET", "/folder?language=da&a=%C3%A6"),
        ("GET", "//plans//1"),
        ("GET", "/nothing"),
        ("GET", "/away"),
        ("GET", "//away"),
        ("GET", "/away/"),
        ("GET", "/Away"),
        ("HEAD", "/away"),
        ("OPTIONS", "/away"),
        ("POST", "/away"),
        ("GET", "/folder/"),
        ("GET", "/"),
        ("GET", ""),
    ],
)
@pytest.mark.parametrize("host", ["localhost", "Example.org:8080", "bad host", "[::1]:80"])
def test_an_address_is_answered_as_flask_answers_it(plain_and_lean, method, address, host):
    told = [
        (answer.status, sorted(answer.headers), answer.data)
        for app in plain_and_lean
        for answer in [app.test_client().open(address, method=method, headers={"Host": host})]
    ]
    assert told[0] == told[1]


def test_the_guard_is_asked_once_for_each_request(plain_and_lean):
    _, app = plain_and_lean
    for _ in range(3):
        app.test_client().get("/plans/1")
    assert app.config["checked"] == [1, 1, 1]


def test_no_room_asks_for_what_is_left_out(web):
    """Functions before the requests of one blueprint would never be called."""
    app = web.client.application
    assert {name for name, asked in app.before_request_funcs.items() if asked} == {None}
    assert not any(app.url_value_preprocessors.values())
    assert not app.after_request_funcs.get(None)
