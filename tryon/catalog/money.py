"""Amounts of money as whole numbers: cents and their like, never fractions that a computer rounds."""

import re
from dataclasses import dataclass

from tryon.core.errors import DataError

# Decimal places by ISO 4217; all other currencies have two.
_NONE = (
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG",
    "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF",
)  # fmt: skip
_THREE = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")
_PLACES = dict.fromkeys(_NONE, 0) | dict.fromkeys(_THREE, 3)
_CODE = re.compile(r"[A-Z]{3}")
_PRICE = re.compile(r"(?:([A-Za-z]{3})\s*)?([\d.,'\s]*\d)(?:\s*([A-Za-z]{3}))?")
_GROUPS = re.compile(r"\d{1,3}([.,' ])\d{3}(?:\1\d{3})*")
_MAX_DIGITS = 15  # more than any price has, and well within SQLite's integers


@dataclass(frozen=True, slots=True)
class Money:
    """An amount of money."""

    amount: int
    """In the smallest unit of the currency: cents of EUR and USD, yen of JPY. Never negative."""
    currency: str
    """The code of ISO 4217: three capital letters."""

    @property
    def decimal(self) -> str:
        """The number alone, with all decimal places of the currency and a point: ``19.90``."""
        places = _PLACES.get(self.currency, 2)
        digits = str(self.amount).rjust(places + 1, "0")
        return f"{digits[:-places]}.{digits[-places:]}" if places else digits

    def __str__(self) -> str:
        return f"{self.decimal} {self.currency}"


def currency_code(text: str) -> str:
    """The code of a currency in capitals.

    Raises:
        DataError: not three letters.
    """
    code = text.strip().upper()
    if not _CODE.fullmatch(code):
        raise DataError(f"{text!r} is no code of a currency; give three letters, such as EUR")
    return code


def parse_price(text: str, currency: str) -> Money:
    """A price as people and programs write it: ``19.9``, ``19,90``, ``1.299,00``, ``19.99 EUR``, ``EUR 19.99``.

    Args:
        text: the price; the currency's code may stand before or behind it.
        currency: the code where the price has none; empty where none is known.

    Raises:
        DataError: it is no number, is negative, could be read in two ways (``1,299``), is finer than the currency, or
            no currency is known.
    """
    found = _PRICE.fullmatch(text.strip())
    if not found or (found[1] and found[3]):
        raise DataError(f"the price {text!r} is no number; write it like 19.99 or 19.99 EUR")
    code = currency_code(found[1] or found[3] or currency) if found[1] or found[3] or currency else ""
    if not code:
        raise DataError(f"the price {text!r} has no currency; say which one the file means, such as --currency EUR")
    places = _PLACES.get(code, 2)
    whole, fraction = _split(re.sub(r"\s", " ", found[2]), places, text)
    if fraction[places:].strip("0"):
        raise DataError(f"the price {text!r} is finer than the {places} decimal places of {code}; round it")
    digits = whole + fraction[:places].ljust(places, "0")
    if len(digits) > _MAX_DIGITS:
        raise DataError(f"the price {text!r} has too many digits; check it")
    return Money(int(digits), code)


def _split(number: str, places: int, text: str) -> tuple[str, str]:
    """The digits before and behind the decimal point of a number that may have separators between thousands."""
    whole, fraction = number, ""
    points = [sign for sign in number if sign in ".,"]
    one_of_three = len(points) == 1 and _GROUPS.fullmatch(number)  # 1,299: thousands, or three decimal places
    if one_of_three and places == 2:
        raise DataError(f"the price {text!r} can be read in two ways; write it like 1299 or 1299.00")
    if len(set(points)) == 2 or (len(points) == 1 and (not one_of_three or places == 3)):
        whole, _, fraction = number.rpartition(points[-1])
    if not (whole.isdecimal() or _GROUPS.fullmatch(whole)) or (fraction and not fraction.isdecimal()):
        raise DataError(f"the price {text!r} is no number; write it like 19.99 or 19.99 EUR")
    return re.sub(r"\D", "", whole), fraction
