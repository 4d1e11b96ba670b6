"""What is derived from the variants of a product, and names and text."""

from tryon.catalog.models import Product, Variant
from tryon.catalog.money import Money
from tryon.catalog.text import plain, slug, title_of

SHIRT = Product(
    "shirt",
    "Shirt",
    variants=(
        Variant("1", "S", "red", price=Money(1900, "EUR"), stock=2),
        Variant("2", "M", "red", price=Money(2500, "EUR"), stock=3),
        Variant("3", "M", "blue", price=Money(2100, "EUR"), stock=0),
        Variant("4", "S", "", price=Money(2000, "USD"), stock=1),
    ),
)


def test_colors_sizes_prices_and_stock_of_the_variants():
    assert SHIRT.colors == ("red", "blue")
    assert SHIRT.sizes == ("S", "M")
    assert SHIRT.prices == (Money(1900, "EUR"), Money(2500, "EUR"), Money(2000, "USD"))
    assert SHIRT.stock == 6


def test_stock_that_is_not_known_of_one_is_not_known():
    assert Product("a", "A", variants=(Variant("1", stock=2), Variant("2"))).stock is None
    assert Product("a", "A").stock is None


def test_handles_and_titles_from_names():
    assert slug("Übergröße: Women’s Shirt (No. 2)") == "ubergrosse-women-s-shirt-no-2"
    assert slug("***") == "product"
    assert title_of("red_summer-dress") == "Red summer dress"


def test_html_becomes_plain_text():
    assert plain("<p>Soft &amp; light.</p>\n<ul><li>100 %\n linen</li><li>Wide</li></ul>") == (
        "Soft & light.\n100 % linen\nWide"
    )
    assert plain("<style>p {color: red}</style>Shirt<br>Short") == "Shirt\nShort"
    assert plain(" size < 5 & more\n\nthan > 3 ") == "size < 5 & more\n\nthan > 3"
