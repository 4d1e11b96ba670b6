"""The catalog of a shop: products with variants, prices and pictures, in one SQLite file. Free of torch.

:mod:`tryon.catalog.models` says what a product is, :mod:`tryon.catalog.store` keeps it, :mod:`tryon.catalog.importing`
reads what retailers have, and :mod:`tryon.catalog.exporting` writes it in the project's own columns.
"""
