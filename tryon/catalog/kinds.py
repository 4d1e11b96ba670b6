"""What kind of garment a product is, by its words."""

import re

from tryon.catalog.models import Product

_KINDS = {
    "lower": "trousers trouser pants jeans chinos shorts leggings joggers skirt skirts bottoms",
    "dress": "dress dresses gown gowns",
    "outer": "coat coats jacket jackets blazer blazers parka parkas outerwear cardigan cardigans",
    "outfit": "suit suits outfit outfits",
    "upper": "top tops shirt shirts tee tees blouse blouses sweater sweaters polo polos hoodie hoodies pullover jumper",
}
_KIND_OF = {word: kind for kind, words in _KINDS.items() for word in words.split()}


def kind_of(product: Product) -> str:
    """The kind of garment to try on, by the words of category and title; ``auto`` where none says it.

    The last words say most: ``Women > Dresses``, ``Denim jacket``.
    """
    for text in (product.category, product.title):
        for word in reversed(re.findall(r"[a-z]+", text.casefold())):
            if word in _KIND_OF:
                return _KIND_OF[word]
    return "auto"
