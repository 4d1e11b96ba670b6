"""The errors that a user can meet. Each message says what happened, what was expected and what to do.

The command line prints the message of a :class:`TryOnError` on one line and exits with its ``exit_code``:
2 when the user can mend it, 1 when the fault is ours.
"""

import pickle
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType


class TryOnError(Exception):
    """Base of every error that this project raises on purpose."""

    exit_code = 2
    facts: Mapping[str, object] = MappingProxyType({})
    """What ``--json`` tells besides the message."""


class InputImageError(TryOnError, ValueError):
    """A picture that cannot be read, is too large or too small, or is no still picture."""


class PhotoTurnedError(InputImageError):
    """A photo that lies on its side or is upside down."""


class PersonNotFoundError(TryOnError, ValueError):
    """No person, or not the person that was asked for, is in the photo."""


class NobodyFoundError(PersonNotFoundError):
    """Nobody at all, or nobody whose shoulders are seen, is in the photo."""


class GarmentNotFoundError(TryOnError, ValueError):
    """The photo does not show a garment of the category that was asked for."""


class OutputError(TryOnError, OSError):
    """A result cannot be written where it was asked for."""


class DataError(TryOnError, ValueError):
    """A data set whose layout or content is not what its adapter expects."""


class ConfigError(TryOnError, ValueError):
    """An option or a configuration file that cannot be used."""


class CheckpointError(TryOnError, RuntimeError):
    """Weights or a training checkpoint that are missing, damaged or of another network."""


class DependencyError(TryOnError, ImportError):
    """An optional package is needed and not installed."""


class BatchError(TryOnError):
    """Some pairs of a batch have no picture; all others have theirs."""

    def __init__(self, message: str, exit_code: int, facts: Mapping[str, object]):
        super().__init__(message)
        self.exit_code, self.facts = exit_code, facts


class ShapeError(TryOnError, ValueError):
    """A tensor or array of a wrong shape or type: a programming error of the caller.

    Attributes:
        expected: the shape that was expected, in words.
        actual: the shape that was given; empty for what has none.
    """

    exit_code = 1

    def __init__(self, name: str, expected: str, actual: tuple[int, ...], kind: str = ""):
        self.expected = expected
        self.actual = tuple(actual)
        shape = f"shape {self.actual}"
        found = f"has {shape}" if not kind else f"is {kind} of {shape}" if actual else f"is {kind}"
        super().__init__(f"{name} {found}, expected {expected}")


class KindError(TryOnError, TypeError):
    """Something of another kind than a function takes: a programming error of the caller."""

    exit_code = 1


def reason_of(error: Exception) -> str:
    """Why a file of tensors or arrays could not be loaded, in one line.

    Of what is no such file, PyTorch and NumPy say much, and advise to load it without their guard against harmful
    files.
    """
    if isinstance(error, pickle.UnpicklingError):
        return "it is not in the format of torch.save, or holds other things than tensors"
    if isinstance(error, ValueError) and "allow_pickle" in str(error):
        return "it is no file of NumPy, or holds other things than numbers and text"
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


@contextmanager
def about(what: str) -> Iterator[None]:
    """Begin the messages of errors that are raised within by what they are about, such as "person photo"."""
    try:
        yield
    except TryOnError as error:
        text = str(error)
        if not text.startswith(what):
            text = text.replace(f"the {what} ", "it ", 1) if text.startswith(f"the {what} ") else text
            error.args = (f"{what}: {text}",)
        raise
