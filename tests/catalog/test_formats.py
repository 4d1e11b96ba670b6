"""Tables as the shops write them: headers from their own exports and templates, cut to few columns and rows."""

import pytest

from tryon.catalog.formats import Row, read
from tryon.core.errors import DataError


def table(tmp_path, text, name="products.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_own_columns_in_any_order_and_with_few_of_them(tmp_path):
    path = table(
        tmp_path,
        "Title;Handle;Price;Currency;Vendor;Pictures;Stock\n"
        "Linen shirt;linen-shirt;39,90;EUR;Acme;a.jpg | b.jpg;3\n"
        ";linen-shirt;41;EUR;;;\n",
    )
    found = read(path)
    assert (found.format, found.skipped, found.ignored) == ("own", [], ("Vendor",))
    assert found.rows == [
        (
            2,
            Row(
                "linen-shirt",
                title="Linen shirt",
                price="39,90",
                currency="EUR",
                stock="3",
                pictures=("a.jpg", "b.jpg"),
            ),
        ),
        (3, Row("linen-shirt", price="41", currency="EUR")),
    ]
    assert found.rows[0][1].is_variant
    assert not Row("linen-shirt", title="Linen shirt", pictures=("a.jpg",)).is_variant


SHOPIFY_OLD = (
    "Handle,Title,Body (HTML),Vendor,Product Category,Type,Tags,Published,Option1 Name,Option1 Value,Option2 Name,"
    "Option2 Value,Option3 Name,Option3 Value,Variant SKU,Variant Grams,Variant Inventory Tracker,"
    "Variant Inventory Qty,Variant Price,Variant Compare At Price,Image Src,Image Position,Gift Card,"
    "Google Shopping / Gender,Variant Image,Status\n"
    "tee,Tee,<p>Soft &amp; light</p>,Acme,Apparel & Accessories > Clothing,Shirts,,true,Color,Red,Größe,S,Logo,Yes,"
    "T-1,100,shopify,5,19.99,25.00,https://cdn.shopify.com/s/files/tee.jpg?v=1,1,false,unisex,,active\n"
    "tee,,,,,,,,,Red,,M,,No,T-2,100,shopify,-1,19.99,,https://cdn.shopify.com/s/files/back.jpg?v=1,2,,,red.jpg,\n"
    "tee,,,,,,,,,,,,,,,,,,,,side.jpg,3,,,,\n"
    "mug,Mug,,Acme,,Mugs,,true,Title,Default Title,,,,,M-1,100,,0,9.00,,,,false,,,active\n"
    "old,Old,,Acme,,Mugs,,true,Size,S,,,,,O-1,100,,0,9.00,,,,false,,,archived\n"
    "old,,,,,,,,,M,,,,,O-2,100,,0,9.00,,,,,,,\n"
    "secret,Secret,,Acme,,,,FALSE,Title,Default Title,,,,,S-1,1,,0,9.00,,,,false,,,active\n"
)


def test_shopify_with_old_headers(tmp_path):
    found = read(table(tmp_path, SHOPIFY_OLD))
    assert found.format == "shopify"
    assert found.rows == [
        (
            2,
            Row(
                "tee", "Tee", "Soft & light", "Shirts", "unisex",
                sku="T-1", size="S", color="Red", option="Logo: Yes", price="19.99", stock="5",
                pictures=("https://cdn.shopify.com/s/files/tee.jpg?v=1",),
            ),
        ),
        (
            3,
            Row(
                "tee", sku="T-2", size="M", color="Red", option="Logo: No", price="19.99", stock="-1",
                pictures=("https://cdn.shopify.com/s/files/back.jpg?v=1", "red.jpg"),
            ),
        ),
        (4, Row("tee", pictures=("side.jpg",))),
        (5, Row("mug", "Mug", category="Mugs", sku="M-1", price="9.00")),  # no tracker, so its 0 means nothing
    ]  # fmt: skip
    assert found.skipped == [(6, "old is archived"), (7, "old is archived"), (8, "secret is not published")]


def test_shopify_with_new_headers(tmp_path):
    path = table(
        tmp_path,
        "Title,URL handle,Description,Vendor,Product category,Type,Tags,Published on online store,Status,SKU,Barcode,"
        "Option1 name,Option1 value,Option1 Linked To,Option2 name,Option2 value,Price,Compare-at price,"
        "Inventory tracker,Inventory quantity,Product image URL,Image position,Variant image URL,"
        "Google Shopping / Gender,Color (product.metafields.shopify.color-pattern)\n"
        "Tee,tee,Soft,Acme,Apparel & Accessories > Clothing,,,TRUE,Active,T-1,,Colour,Red,,Size,S,19.99,25,shopify,4,"
        "tee.jpg,1,,female,red; blue\n"
        ",tee,,,,,,,,T-2,,,Blue,,,M,21,,shopify,0,,,blue.jpg,,\n"
        "Draft,draft,,,,,,TRUE,Draft,D-1,,,,,,,1,,,,,,,,\n"
        "Cap,cap,,,,,,TRUE,Active,C-1,,Size,S,,,,9,,,,cap.jpg,,,,black\n"
        ",cap,,,,,,,,C-2,,,M,,,,9,,,,,,,,\n"
        ",cap,,,,,,,,,,,,,,,,,,,back.jpg,,,,\n"
        "Scarf,scarf,,,,,,TRUE,Active,,,Title,Default Title,,,,5,,,,,,,,red; blue\n",
    )
    found = read(path)
    assert found.format == "shopify"
    assert found.rows == [
        (
            2,
            Row(
                "tee", "Tee", "Soft", "Apparel & Accessories > Clothing", "female",
                sku="T-1", size="S", color="Red", price="19.99", stock="4", pictures=("tee.jpg",),
            ),
        ),
        (3, Row("tee", sku="T-2", size="M", color="Blue", price="21", stock="0", pictures=("blue.jpg",))),
        (5, Row("cap", "Cap", sku="C-1", size="S", color="black", price="9", pictures=("cap.jpg",))),
        (6, Row("cap", sku="C-2", size="M", color="black", price="9")),
        (7, Row("cap", pictures=("back.jpg",))),
        (8, Row("scarf", "Scarf", price="5")),
    ]  # fmt: skip
    assert found.skipped == [(4, "draft is draft")]


WOOCOMMERCE = (
    'ID,Type,SKU,Name,Published,"Visibility in catalog","Short description",Description,"Date sale price starts",'
    '"Date sale price ends","In stock?",Stock,"Sale price","Regular price",Categories,Images,Parent,'
    '"Grouped products","Attribute 1 name","Attribute 1 value(s)","Attribute 2 name","Attribute 2 value(s)"\n'
    '44,variable,tee,"V-Neck Tee",1,visible,Short,<p>Long</p>,,,1,,,,"Women > Tees\\, Tops, Sale",'
    '"https://shop.example/a.jpg, b.jpg",,,Color,"Blue, Red",Size,"L, S"\n'
    '46,simple,,Hoodie,1,visible,,"A hoodie",,,0,,,45,Clothing > Hoodies,hoodie.jpg,,,Color,Blue,Gender,men\n'
    "87,grouped,set,Set,1,visible,,,,,1,,,,Clothing,,,tee,,,,\n"
    "88,simple,gone,Gone,-1,visible,,,,,1,,,5,Clothing,,,,,,,\n"
    "90,variable,gone-too,Gone too,0,visible,,,,,1,,,5,Clothing,,,,,,,\n"
    '76,"variation, virtual",tee-red,"V-Neck Tee - Red",1,visible,,,,,1,parent,18,20,,red.jpg,tee,,Color,Red,Size,\n'
    '77,variation,tee-blue,"V-Neck Tee - Blue",1,visible,,,2026-01-01,,1,7,15,20,,,id:44,,pa_color,Blue,Logo,Yes\n'
    "78,variation,lost,Lost,1,visible,,,,,1,7,,20,,,id:99,,Color,Blue,,\n"
    "79,variation,gone-red,Gone,1,visible,,,,,1,7,,20,,,gone-too,,Color,Red,,\n"
)


def test_woocommerce(tmp_path):
    found = read(table(tmp_path, WOOCOMMERCE))
    assert found.format == "woocommerce"
    assert found.rows == [
        (2, Row("tee", "V-Neck Tee", "Long", "Women > Tees, Tops", pictures=("https://shop.example/a.jpg", "b.jpg"))),
        (
            3,
            Row(
                "hoodie-46", "Hoodie", "A hoodie", "Clothing > Hoodies", "men",
                color="Blue", price="45", stock="0", pictures=("hoodie.jpg",),
            ),
        ),
        (7, Row("tee", sku="tee-red", color="Red", price="18", pictures=("red.jpg",))),
        (8, Row("tee", sku="tee-blue", color="Blue", option="Logo: Yes", price="20", stock="7")),  # on sale for days
    ]  # fmt: skip
    assert found.skipped == [
        (4, "set is a group of other products"),
        (5, "gone is not published"),
        (6, "gone-too is not published"),
        (9, "its parent id:99 is not in the file"),
        (10, "gone-too is not published"),
    ]


@pytest.mark.parametrize("delimiter", ["\t", ","])
@pytest.mark.parametrize("header", ["image_link", "image link"])
def test_google_feed(tmp_path, delimiter, header):
    lines = [
        ["id", "title", "description", "link", header, "additional_image_link", "availability", "price", "sale_price",
         "item_group_id", "color", "size", "gender", "google_product_category", "product_type"],
        ["A-1", "Dress red S", "Flows", "https://shop.example/a", "a.jpg", '"b.jpg,c.jpg"', "in_stock", "49.00 EUR",
         "39.00 EUR", "DRESS", "red", "S", "female", "2271", "Women > Dresses"],
        ["A-2", "Dress red M", "", "", "a.jpg", "", "out of stock", "49.00 EUR", "", "DRESS", "red", "M", "female",
         "2271", ""],
        ["B-1", "Belt", "", "", "https://shop.example/belt.jpg", "", "preorder", "19.00 EUR", "", "", "", "", "", "169",
         ""],
    ]  # fmt: skip
    found = read(table(tmp_path, "\n".join(map(delimiter.join, lines)) + "\n", "feed.txt"))
    assert found.format == "google"
    assert found.skipped == []
    assert found.rows == [
        (
            2,
            Row(
                "DRESS", "Dress red S", "Flows", "Women > Dresses", "female",
                sku="A-1", size="S", color="red", price="39.00 EUR", pictures=("a.jpg", "b.jpg", "c.jpg"),
            ),
        ),
        (
            3,
            Row(
                "DRESS", "Dress red M", "", "2271", "female",
                sku="A-2", size="M", color="red", price="49.00 EUR", stock="0", pictures=("a.jpg",),
            ),
        ),
        (
            4,
            Row("B-1", "Belt", category="169", sku="B-1", price="19.00 EUR",
                pictures=("https://shop.example/belt.jpg",)),
        ),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("sku,title,price", "the columns of this project without handle"),
        ("ID,Type,Name,Regular price", "WooCommerce's export without sku"),
        ("id,title,price,image", "Google's merchant feed without image link"),
        ("name,cost", "the columns of this project without handle, title"),
    ],
)
def test_missing_columns_are_named(tmp_path, header, words):
    path = table(tmp_path, header + "\n")
    with pytest.raises(DataError) as caught:
        read(path)
    assert str(caught.value) == (
        f"{path} is no table of products, nearest to {words}; expected the columns handle, title and more of this "
        "project, or an export of Shopify, WooCommerce or Google's feed"
    )
