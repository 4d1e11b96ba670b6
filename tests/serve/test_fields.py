"""What is taken as a request, and the sentence about what is not."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tryon.serve.fields import IGNORED, RefusedError, parse

A, B = b"\x89PNG a", b"\xff\xd8 b"
A64, B64 = base64.b64encode(A).decode(), base64.b64encode(B).decode()
BOTH = {"model_image": A64, "garment_image": B64}


def parsed(data: object, *hosts: str):
    return parse(json.dumps(data).encode(), frozenset(hosts))


def refused(data: object, *hosts: str) -> tuple[int, str]:
    with pytest.raises(RefusedError) as caught:
        parsed(data, *hosts)
    return caught.value.status, str(caught.value)


def test_the_defaults():
    asked = parsed(BOTH)
    assert (asked.person, asked.garment) == (A, B)
    assert (asked.category, asked.garment_photo_type, asked.output_format) == ("auto", "auto", "png")
    assert asked.return_base64 is False


# As FASHN's Python and TypeScript clients send it; pictures aside.
RECORDED = """
{"inputs": {"garment_image": "data:image/jpeg;base64,%s", "model_image": "data:image/png;base64,%s",
 "category": "tops", "garment_photo_type": "model", "mode": "quality", "moderation_level": "permissive",
 "num_samples": 1, "output_format": "jpeg", "return_base64": true, "seed": 42, "segmentation_free": true},
 "model_name": "tryon-v1.6"}
"""
# As older clients send it: everything at the top.
RECORDED_FLAT = """
{"model_image": "data:image/jpg;base64,%s", "garment_image": "%s", "category": "bottoms", "nsfw_filter": true,
 "cover_feet": false, "adjust_hands": false, "restore_background": false, "restore_clothes": false,
 "garment_photo_type": "auto", "long_top": false, "mode": "balanced", "seed": 42, "num_samples": 1,
 "guidance_scale": 2.5, "timesteps": 50}
"""


def test_a_request_of_the_clients_of_fashn():
    asked = parse((RECORDED % (B64, A64)).encode())
    assert (asked.person, asked.garment) == (A, B)
    assert (asked.category, asked.garment_photo_type, asked.output_format) == ("tops", "model", "jpeg")
    assert asked.return_base64 is True


def test_a_request_of_older_clients():
    asked = parse((RECORDED_FLAT % (A64, B64)).encode())
    assert (asked.person, asked.garment, asked.category) == (A, B, "bottoms")
    assert parsed(BOTH | {"flat_lay": True}).garment_photo_type == "flat-lay"
    assert parsed(BOTH | {"flat_lay": False, "garment_photo_type": "model"}).garment_photo_type == "model"


def test_null_is_as_if_left_out():
    asked = parsed({"model_name": None, "inputs": BOTH | {"category": None, "return_base64": None, "seed": None}})
    assert (asked.category, asked.return_base64) == ("auto", False)


@pytest.mark.parametrize("name", IGNORED)
def test_fields_without_a_meaning_here_are_taken(name):
    assert parsed(BOTH | {name: {"any": "thing"}}).person == A


@pytest.mark.parametrize(
    "text", [A64, f"data:image/png;base64,{A64}", f"DATA:;BASE64,{A64}", f" {A64[:4]}\r\n{A64[4:]}\n"]
)
def test_base64_in_all_its_forms(text):
    assert parsed(BOTH | {"model_image": text}).person == A


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff\xfe{}", b"model_image=a", b"[" * 100_000, b'{"a": ' + b"9" * 5000 + b"}"]
)
def test_a_body_that_is_no_json(body):
    with pytest.raises(RefusedError, match="cannot be read as JSON; send one JSON object in UTF-8") as caught:
        parse(body)
    assert caught.value.status == 400


@pytest.mark.parametrize("data", [[], "a", 1, None])
def test_json_that_is_no_object(data):
    status, words = refused(data)
    assert status == 400
    assert words == "the body is JSON, but no object; send one with model_image and garment_image"


MISSING = "is missing; send the picture file in base64, alone or as data:image/jpeg;base64,..."


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"model_image": None}, f"model_image {MISSING}"),
        ({"garment_image": ""}, f"garment_image {MISSING}"),
        ({"garment_image": 7}, f"garment_image {MISSING}"),
        ({"model_image": "pâté"}, "model_image is no valid base64; send the whole picture file in it"),
        ({"model_image": "abc"}, "model_image is no valid base64; send the whole picture file in it"),
        ({"model_image": "ab-_cd"}, "model_image is no valid base64; send the whole picture file in it"),
        ({"model_image": "data:image/png;base64,"}, "model_image is empty; send the whole picture file in base64"),
        (
            {"model_image": "data:image/svg+xml,<svg/>"},
            "model_image is neither base64 nor an https address; send the picture itself in base64",
        ),
        (
            {"garment_image": "file:///etc/passwd"},
            "garment_image is neither base64 nor an https address; send the picture itself in base64",
        ),
        (
            {"garment_image": "saved:anna"},
            "garment_image is neither base64 nor an https address; send the picture itself in base64",
        ),
        ({"model_image": "http://[::1"}, "model_image is no valid address; send the picture itself in base64"),
        ({"category": "hats"}, "category is 'hats'; expected one of auto, tops, bottoms, one-pieces"),
        ({"category": ["tops"]}, "category is a list; expected one of auto, tops, bottoms, one-pieces"),
        (
            {"garment_photo_type": "x" * 90},
            f"garment_photo_type is '{'x' * 36}...'; expected one of auto, flat-lay, model",
        ),
        ({"output_format": "webp"}, "output_format is 'webp'; expected one of png, jpeg"),
        ({"return_base64": "yes"}, "return_base64 is 'yes'; expected true or false"),
        ({"return_base64": 1}, "return_base64 is 1; expected true or false"),
        ({"flat_lay": "no"}, "flat_lay is 'no'; expected true or false"),
        (
            {"num_samples": 4},
            "num_samples is not 1; the same photos always give the same picture here, so ask for one",
        ),
        ({"product_image": "a"}, "the field 'product_image' is unknown; the documentation at /docs lists them all"),
    ],
)
def test_fields_that_are_wrong(fields, words):
    assert refused(BOTH | fields) == (422, words)
    assert refused({"model_name": "tryon-v1.6", "inputs": BOTH | fields}) == (422, words)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"inputs": []}, "inputs is no object; expected one with model_image and garment_image"),
        ({"inputs": BOTH, "seed": 1}, "the field 'seed' stands beside inputs; move it into inputs"),
        (
            {"inputs": BOTH, "model_name": "tryon-max"},
            "model_name is 'tryon-max'; only try-ons are made here, leave it out or give tryon-v1.6",
        ),
        (
            {"inputs": BOTH, "model_name": 5},
            "model_name is 5; only try-ons are made here, leave it out or give tryon-v1.6",
        ),
        (
            {"inputs": BOTH, "webhook_url": "https://a.example"},
            "webhook_url is given, but no webhooks are called; ask for the result at /v1/status",
        ),
    ],
)
def test_what_stands_around_the_fields(data, words):
    assert refused(data) == (422, words)


def test_addresses_are_taken_from_allowed_hosts_only():
    address = "https://Shop.example.com/a.jpg?b=1"
    assert parsed(BOTH | {"model_image": address}, "shop.example.com").person == address
    for wrong in (
        "https://shop.example.com:8443/a.jpg", "https://shop.example.com.evil.example/a.jpg",
        "https://user@shop.example.com/a.jpg", "https://evil.example/shop.example.com", "https://127.0.0.1/a.jpg",
    ):  # fmt: skip
        status, words = refused(BOTH | {"model_image": wrong}, "shop.example.com")
        assert status == 422
        assert words.endswith(
            "from where this service fetches nothing; send the picture itself in base64, or have the service started "
            "with --allow-hosts for this host"
        )
    status, words = refused(BOTH | {"model_image": "http://shop.example.com/a.jpg"}, "shop.example.com")
    assert words == "model_image is an address of http; only https is fetched"


def test_no_message_repeats_a_photo():
    long = "A" * 5000
    for fields in ({"category": long}, {long: 1}, {"model_image": f"ftp://{long}"}, {"model_image": f"https://{long}"}):
        assert len(refused(BOTH | fields)[1]) < 300


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=9), lambda inner: st.lists(inner, max_size=3)
)
NAMES = st.sampled_from(["model_image", "category", "inputs", "model_name", "return_base64", "num_samples", "flat_lay"])


def status_of(data: object) -> int:
    try:
        parsed(data)
    except RefusedError as error:
        return error.status
    return 200


@given(st.dictionaries(NAMES, JSON))
def test_whatever_is_sent_is_taken_or_refused_in_a_sentence(data):
    assert status_of(BOTH | data) in (200, 422)
