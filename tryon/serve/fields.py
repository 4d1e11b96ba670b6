"""What a client asks for: the JSON of a request, checked field by field. The names are those of FASHN's interface."""

import base64
import binascii
import json
import re
from dataclasses import dataclass
from typing import Any, Literal, cast
from urllib.parse import urlsplit

from tryon.core.errors import TryOnError

Picture = bytes | str
"""The bytes of a picture file, or an https address on a host that is allowed."""
CategoryAsked = Literal["auto", "tops", "bottoms", "one-pieces"]
PhotoType = Literal["auto", "flat-lay", "model"]
OutputFormat = Literal["png", "jpeg"]

CHOICES = {
    "category": ("auto", "tops", "bottoms", "one-pieces"),
    "garment_photo_type": ("auto", "flat-lay", "model"),
    "output_format": ("png", "jpeg"),
}
IGNORED = (
    # Of generative models: a result here depends on no chance, and there is one way to make it.
    "seed", "mode", "guidance_scale", "timesteps", "segmentation_free",
    # What is carried over and taken off follows from the photos; wearers of underwear or swimwear are always refused.
    "nsfw_filter", "moderation_level", "cover_feet", "adjust_hands", "long_top", "restore_background",
    "restore_clothes",
)  # fmt: skip
"""Fields of FASHN's interface, old ones too, that are taken and have no meaning here."""
_PICTURES = ("model_image", "garment_image")
_KNOWN = (*_PICTURES, *CHOICES, "return_base64", "num_samples", "flat_lay", *IGNORED)
_DATA_URL = re.compile(r"data:[^,]{0,200};base64,", re.IGNORECASE)


class RefusedError(TryOnError):
    """A request that is not taken.

    Attributes:
        status: of HTTP.
        headers: of the answer, besides the usual ones.
    """

    def __init__(self, status: int, message: str, headers: dict[str, str] | None = None):
        super().__init__(message)
        self.status, self.headers = status, headers


@dataclass(frozen=True, eq=False, slots=True)
class Request:
    """A try-on that a client asks for."""

    person: Picture
    garment: Picture
    category: CategoryAsked = "auto"
    garment_photo_type: PhotoType = "auto"
    output_format: OutputFormat = "png"
    return_base64: bool = False


def parse(body: bytes | bytearray, allow_hosts: frozenset[str] = frozenset()) -> Request:
    """The try-on that the body of a request asks for.

    Args:
        body: JSON; the fields in ``inputs``, or, as in older clients, all at the top.
        allow_hosts: hosts, with ``:port`` where it is not 443, from which pictures may be fetched.

    Raises:
        RefusedError: with status 400, the body is no JSON object; with 422, a field is missing, unknown or wrong.
    """
    fields = _fields(body)
    unknown = [name for name in fields if name not in _KNOWN]
    if unknown:
        raise _wrong(f"the field {_shown(unknown[0])} is unknown; the documentation at /docs lists them all")
    given = {name: value for name, value in fields.items() if value is not None}
    for name, choices in CHOICES.items():
        if given.get(name, choices[0]) not in choices:
            raise _wrong(f"{name} is {_shown(given[name])}; expected one of {', '.join(choices)}")
    for name in ("return_base64", "flat_lay"):
        if not isinstance(given.get(name, False), bool):
            raise _wrong(f"{name} is {_shown(given[name])}; expected true or false")
    if given.get("num_samples", 1) != 1:
        raise _wrong("num_samples is not 1; the same photos always give the same picture here, so ask for one")
    asked: dict[str, Any] = {name: given[name] for name in (*CHOICES, "return_base64") if name in given}
    if given.get("flat_lay") and given.get("garment_photo_type") == "model":
        raise _wrong("flat_lay is true and garment_photo_type is model; give one of them")
    if given.get("flat_lay"):
        asked["garment_photo_type"] = "flat-lay"
    person, garment = (_picture(given, name, allow_hosts) for name in _PICTURES)
    return Request(person, garment, **asked)


def _fields(body: bytes | bytearray) -> dict[str, object]:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise RefusedError(400, "the body cannot be read as JSON; send one JSON object in UTF-8") from error
    if not isinstance(data, dict):
        raise RefusedError(400, "the body is JSON, but no object; send one with model_image and garment_image")
    if data.get("webhook_url") is not None:
        raise _wrong("webhook_url is given, but no webhooks are called; ask for the result at /v1/status")
    model = data.pop("model_name", None)
    if model is not None and not (isinstance(model, str) and re.fullmatch(r"tryon-v[\d.]+", model)):
        raise _wrong(f"model_name is {_shown(model)}; only try-ons are made here, leave it out or give tryon-v1.6")
    if "inputs" not in data:
        return data
    inputs = data.pop("inputs")
    if not isinstance(inputs, dict):
        raise _wrong("inputs is no object; expected one with model_image and garment_image")
    if data:
        raise _wrong(f"the field {_shown(next(iter(data)))} stands beside inputs; move it into inputs")
    return cast(dict[str, object], inputs)


def _picture(given: dict[str, object], name: str, allow_hosts: frozenset[str]) -> Picture:
    text = given.get(name, "")
    if not isinstance(text, str) or not text:
        raise _wrong(f"{name} is missing; send the picture file in base64, alone or as data:image/jpeg;base64,...")
    start = _DATA_URL.match(text)
    if not start and ":" in text[:64]:
        return _address(text, name, allow_hosts)
    try:
        data = base64.b64decode("".join(text[start.end() if start else 0 :].split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise _wrong(f"{name} is no valid base64; send the whole picture file in it") from error
    if not data:
        raise _wrong(f"{name} is empty; send the whole picture file in base64")
    return data


def _address(text: str, name: str, allow_hosts: frozenset[str]) -> str:
    try:
        parts = urlsplit(text)
    except ValueError as error:
        raise _wrong(f"{name} is no valid address; send the picture itself in base64") from error
    host = parts.netloc.lower()
    if parts.scheme.lower() not in ("http", "https") or not host:
        raise _wrong(f"{name} is neither base64 nor an https address; send the picture itself in base64")
    if host not in allow_hosts:
        raise _wrong(
            f"{name} is an address of {host[:80]}, from where this service fetches nothing; send the picture itself in "
            "base64, or have the service started with --allow-hosts for this host"
        )
    if parts.scheme.lower() != "https":
        raise _wrong(f"{name} is an address of http; only https is fetched")
    return text


def _wrong(message: str) -> RefusedError:
    return RefusedError(422, message)


def _shown(value: object) -> str:
    """A value for a message, no longer than a name is: what was sent in the wrong field may be a photo."""
    if isinstance(value, str):
        return repr(value) if len(value) <= 40 else repr(value[:36] + "...")
    return json.dumps(value)[:40] if isinstance(value, (bool, int, float)) else f"a {type(value).__name__}"
