"""One person in many products of the shop, one after the other. Pictures are kept in memory, for the visit only."""

import io
import logging
import threading
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import uuid4

import cv2
import numpy as np
import streamlit as st

from apps import services, state
from apps.shelf import Shelf
from apps.view import Choices, find, read_query
from tryon.batch.dress import Dresser
from tryon.batch.pairs import Options, Pair
from tryon.batch.records import REPORT, Outcome, table
from tryon.catalog.kinds import kind_of
from tryon.catalog.models import Product
from tryon.core import photo
from tryon.draw import Cell, contact_sheet, draw_text

MAX_GARMENTS = 48
"""Of one batch: its pictures are kept until the visit ends, and others wait for their turn meanwhile."""
MAX_SIDE_PX = 2048
"""Longer side of the pictures that are kept: some 40 megabytes for the largest batch."""
SHOWN_PX = 480
"""Longer side of the pictures on the page."""
_COLUMNS = 6
_CELL = (384, 288)

log = logging.getLogger(__name__)


class Batch:
    """A batch of this visit, and what is done of it.

    Args:
        person: who tries on.
        products: what is tried on, each with a picture.
        on_shelf: the shop.
    """

    def __init__(self, person: state.Subject, products: Sequence[Product], on_shelf: Shelf):
        self.person = person
        self.products = {product.handle: product for product in products}
        self.pairs = [_pair(person, product, on_shelf) for product in products]
        self.outcomes: list[Outcome] = []
        """What became of the pairs, in their order."""
        self.pictures: dict[str, bytes] = {}
        """JPEGs by the name of the picture."""
        self.shown: dict[str, bytes] = {}
        """The same, small."""
        self.running = True
        self.problem = ""
        """Why it ended before its time, where nobody asked for that."""
        self._dresser: Dresser | None = None
        self._made: np.ndarray | None = None  # the picture of the pair that is being made
        self._step = threading.Lock()

    @property
    def lost(self) -> int:
        """Pairs without a picture."""
        return sum(one.status != "ok" for one in self.outcomes)

    def end(self) -> None:
        """Dress nobody else; what is done stays."""
        self.running = False
        self._dresser = None

    @property
    def next(self) -> Pair | None:
        """The pair that is next, as long as it goes on."""
        return self.pairs[len(self.outcomes)] if self.running and len(self.outcomes) < len(self.pairs) else None

    def step(self) -> None:
        """Dress the next pair, if there is one. What no photo is to blame for ends the batch with a sentence."""
        # A page that is drawn anew, after a click or a lost connection, comes while the old one is still at a pair.
        with self._step:
            pair = self.next
            if pair is None:
                return
            try:
                outcome = self._dress(pair)
            except Exception:  # such as damaged weights
                self.problem = f"Something went wrong on our side (reference {_logged()}). What was done stands below."
                self.end()
                return
            image, self._made = self._made, None
            if not self.running:
                return  # canceled meanwhile: what the page says is done is all there is
            if image is not None:
                self._store(image, pair.picture)
            self.outcomes.append(outcome)

    def _dress(self, pair: Pair) -> Outcome:
        self._dresser = self._dresser or Dresser(services.pipeline(), self._take)
        outcome = services.dress(self._dresser, pair)
        if outcome.status == "error":
            log.error("%s in a batch: %s", pair.garment, outcome.message)
            outcome = replace(outcome, message="something went wrong on our side; try this one again")
        return outcome

    def sheet(self) -> bytes:
        """JPEG of all pictures under the names of the garments; the first is the person."""
        cells: list[Cell] = [("The person", self.person.photo.pixels)]
        for outcome in self.outcomes:
            picture = self.shown.get(outcome.pair.picture)
            drawn = photo.load(picture) if picture else draw_text(outcome.message, _CELL, 16)
            cells.append((self.products[outcome.pair.garment].title, drawn))
        rows = [cells[start : start + _COLUMNS] for start in range(0, len(cells), _COLUMNS)]
        return photo.encode(contact_sheet(rows, _CELL), "JPEG", quality=90)

    def zip(self) -> bytes:
        """All pictures, the contact sheet and the report in one file."""
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as file:  # not compressed: JPEGs are that already
            for name, data in self.pictures.items():
                file.writestr(name, data)
            file.writestr("contact-sheet.jpg", self.sheet())
            file.writestr(REPORT, table(self.outcomes))
        return out.getvalue()

    def _take(self, image: np.ndarray, _: str) -> None:
        self._made = image

    def _store(self, image: np.ndarray, name: str) -> None:
        scale = min(1.0, MAX_SIDE_PX / max(image.shape[:2]))
        if scale < 1:
            image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        self.pictures[name] = photo.encode(image, "JPEG")
        self.shown[name] = services.jpeg(image, SHOWN_PX)


def current() -> Batch | None:
    """The last batch of this visit."""
    return st.session_state.get("batch")


def begin(person: state.Subject, products: Sequence[Product], on_shelf: Shelf) -> None:
    """A new batch takes the place of the last one."""
    st.session_state["batch"] = Batch(person, products, on_shelf)


def asked_for(
    query: Mapping[str, Sequence[str]], pictured: Mapping[str, Product], choices: Choices
) -> tuple[list[str], list[str]]:
    """The products that the address of the page names: each by ``item``, or those of a view of the shop.

    Args:
        query: parameters of the address.
        pictured: products that have a picture, by handle.
        choices: what a view can filter by.

    Returns:
        Their handles, :data:`MAX_GARMENTS` at most, and a sentence for whatever was left out.
    """
    told: list[str] = []
    if items := list(dict.fromkeys(one for one in query.get("item", ()) if one)):
        found = [one for one in items if one in pictured]
        if len(found) < len(items):
            told.append("The address names products that are not in the shop or have no picture; they are left out.")
    else:
        view, told = read_query(query, choices)
        is_asked = any(name in view.query() for name in ("search", "category", "color", "size", "price"))
        found = [one.handle for one in find(list(pictured.values()), view, choices.currency)] if is_asked else []
    if len(found) > MAX_GARMENTS:
        told.append(f"These are {len(found)} products; the first {MAX_GARMENTS} are taken, as many as go at once.")
    return found[:MAX_GARMENTS], told


def _logged() -> str:
    """Log what went wrong, and give the reference under which it can be found."""
    reference = uuid4().hex[:8]
    log.exception("a batch ended, reference %s", reference)
    return reference


def _pair(person: state.Subject, product: Product, on_shelf: Shelf) -> Pair:
    return Pair(
        person="person",
        garment=product.handle,
        picture=f"{product.handle}.jpg",
        person_file=photo.Photo(person.photo.pixels),
        garment_file=on_shelf.pictures / product.pictures[0],
        options=Options(category=kind_of(product), person_number=person.number),
    )
