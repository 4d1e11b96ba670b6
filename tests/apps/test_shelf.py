"""Prices in words, and the sample products as they are in the package."""

from collections import Counter

from apps.shelf import price_text
from tryon.catalog.importing import sample_products
from tryon.catalog.kinds import kind_of
from tryon.catalog.money import Money


def test_sample_products():
    samples = sample_products()
    assert Counter(kind_of(product) for product, _ in samples) == {"upper": 22, "outer": 5, "dress": 4, "lower": 4}
    lying = {product.handle: files[1].name for product, files in samples if len(files) > 1}
    assert lying == {
        "field-coat-mustard": "field-coat-mustard-lying.jpg",
        "field-coat-brown": "field-coat-brown-lying.jpg",
        "jersey-skirt-charcoal": "jersey-skirt-charcoal-lying.jpg",
    }
    assert sum(file.stat().st_size for _, files in samples for file in files) < 2_500_000


def test_price_text():
    assert price_text([Money(1990, "EUR"), Money(2990, "EUR"), Money(500, "JPY")]) == "19.90 to 29.90 EUR, 500 JPY"
