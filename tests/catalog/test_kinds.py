"""What a product is to the fitting room, by its words."""

import pytest

from tryon.catalog.kinds import kind_of
from tryon.catalog.models import Product


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
