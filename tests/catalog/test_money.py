"""Prices as people and programs write them."""

import pytest

from tryon.catalog.money import Money, currency_code, parse_price
from tryon.core.errors import DataError


@pytest.mark.parametrize(
    ("text", "currency", "amount", "code"),
    [
        ("19.99", "EUR", 1999, "EUR"),
        ("19,9", "eur", 1990, "EUR"),
        ("19", "USD", 1900, "USD"),
        ("19.9900", "USD", 1999, "USD"),
        ("19.99 EUR", "", 1999, "EUR"),
        ("USD19.99", "EUR", 1999, "USD"),
        ("1.299,00", "EUR", 129900, "EUR"),
        ("1,299.5", "USD", 129950, "USD"),
        ("1'299.00", "CHF", 129900, "CHF"),
        ("1\u00a0299,00", "EUR", 129900, "EUR"),
        ("1,299,000", "USD", 129900000, "USD"),
        ("0", "EUR", 0, "EUR"),
        ("1,980", "JPY", 1980, "JPY"),
        ("1980.00 JPY", "", 1980, "JPY"),
        ("12.500", "KWD", 12500, "KWD"),
    ],
)
def test_prices(text, currency, amount, code):
    assert parse_price(text, currency) == Money(amount, code)


@pytest.mark.parametrize(
    ("text", "currency", "words"),
    [
        ("cheap", "EUR", "the price 'cheap' is no number; write it like 19.99 or 19.99 EUR"),
        ("$19.99", "USD", "the price '$19.99' is no number; write it like 19.99 or 19.99 EUR"),
        ("-5", "EUR", "the price '-5' is no number; write it like 19.99 or 19.99 EUR"),
        ("1.29.9", "EUR", "the price '1.29.9' is no number; write it like 19.99 or 19.99 EUR"),
        ("EUR 5 USD", "", "the price 'EUR 5 USD' is no number; write it like 19.99 or 19.99 EUR"),
        ("1,299", "EUR", "the price '1,299' can be read in two ways; write it like 1299 or 1299.00"),
        ("12.500", "EUR", "the price '12.500' can be read in two ways; write it like 1299 or 1299.00"),
        ("19.9999", "EUR", "the price '19.9999' is finer than the 2 decimal places of EUR; round it"),
        ("19.99", "JPY", "the price '19.99' is finer than the 0 decimal places of JPY; round it"),
        ("9" * 14, "EUR", "the price '99999999999999' has too many digits; check it"),
        (
            "19.99",
            "",
            "the price '19.99' has no currency; say which one the file means, such as --currency EUR",
        ),
        ("5", "euros", "'euros' is no code of a currency; give three letters, such as EUR"),
    ],
)
def test_what_is_no_price_is_told(text, currency, words):
    with pytest.raises(DataError) as caught:
        parse_price(text, currency)
    assert str(caught.value) == words


def test_money_is_written_with_the_decimal_places_of_its_currency():
    assert [str(Money(5, "EUR")), str(Money(1980, "JPY")), str(Money(12500, "KWD"))] == [
        "0.05 EUR",
        "1980 JPY",
        "12.500 KWD",
    ]
    assert currency_code(" usd ") == "USD"
