"""Virtual try-on from two photos.

>>> from tryon import TryOn
>>> tryon = TryOn.from_pretrained()
>>> result = tryon(tryon.read_person(photo), tryon.read_garment(other_photo))  # doctest: +SKIP

The names below are imported when they are first used, so that ``import tryon`` and ``tryon --help`` need no torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tryon.pipeline import TryOn
    from tryon.types import Garment, Person, TryOnResult

__version__ = "0.1.0"
__all__ = ["Garment", "Person", "TryOn", "TryOnResult", "__version__"]

_HOME = {
    "TryOn": "tryon.pipeline",
    "TryOnResult": "tryon.types",
    "Person": "tryon.types",
    "Garment": "tryon.types",
}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
