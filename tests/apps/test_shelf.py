"""What a product is to the fitting room, and the sample products as they are in the package."""

from collections import Counter

import pytest

from apps.shelf import kind_of, price_text
from tryon.catalog.importing import sample_products
from tryon.catalog.models import Product
from tryon.catalog.money import Money


@pytest.mark.parametrize(
    ("category", "title", "kind"),
    [
        ("Women > Dresses", "Blue", "dress"),
        ("Clothing", "Denim jacket", "outer"),
        ("Shirts > Dress shirts", "Oxford", "upper"),
        ("", "Suit trousers", "lower"),
        ("Hats", "Beret", "auto"),
    ],
)
def test_kind_of_garment(category: str, title: str, kind: str):
    assert kind_of(Product("p", title, category=category)) == kind


def test_sample_products():
    samples = sample_products()
    assert Counter(kind_of(product) for product, _ in samples) == {"upper": 22, "outer": 5, "dress": 4, "lower": 4}
    assert all(len(files) == 1 for _, files in samples)
    assert sum(files[0].stat().st_size for _, files in samples) < 2_500_000


def test_price_text():
    assert price_text([Money(1990, "EUR"), Money(2990, "EUR"), Money(500, "JPY")]) == "19.90 to 29.90 EUR, 500 JPY"
