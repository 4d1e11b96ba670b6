"""What pictures say of products: drawn people and garments, read by constructed networks."""

from pathlib import Path

import pytest

from tests.drawn import drawn_people, drawn_tryon
from tests.read.flat.colors import CLOTH, drawn_reader
from tests.read.flat.test_matte import drawn
from tryon.catalog.importing import Proposal
from tryon.catalog.models import Product
from tryon.commands.proposing import proposer
from tryon.core import photo
from tryon.core.errors import GarmentNotFoundError
from tryon.pipeline import TryOn


@pytest.fixture
def worn(tmp_path: Path) -> Path:
    """Somebody in a blue top and yellow trousers."""
    photo.save(drawn_people((150, 40, 520)), tmp_path / "worn.png")
    return tmp_path / "worn.png"


@pytest.fixture
def lying(tmp_path: Path) -> Path:
    """A blue garment on white."""
    photo.save(drawn((CLOTH, 60, 100, 240, 350)), tmp_path / "lying.png")
    return tmp_path / "lying.png"


def reading(kind: int) -> TryOn:
    """Networks that take whatever lies there for the kind of that number."""
    people = drawn_tryon()
    return TryOn(people.parser, people.pose, flat=drawn_reader(kind))


@pytest.mark.parametrize(("kind", "name"), [(0, "dress"), (1, "long sleeve"), (2, "outerwear"), (7, "t-shirt")])
def test_what_lies_there_is_called_by_its_kind(lying: Path, kind: int, name: str):
    assert proposer(reading(kind))(Product("p", "Number nine"), lying) == Proposal(name, ("blue",))


def test_a_title_that_says_more_than_the_picture_is_believed(lying: Path):
    assert proposer(reading(1))(Product("p", "Denim jacket"), lying) == Proposal("long sleeve", ("blue",))


def test_of_what_is_worn_the_title_says_which_garment_is_meant(worn: Path):
    propose = proposer(drawn_tryon())
    assert propose(Product("p", "Number nine"), worn) == Proposal("top", ("blue",))
    assert propose(Product("p", "Wide trousers"), worn) == Proposal("trousers", ("yellow",))
    with pytest.raises(GarmentNotFoundError, match="does not show a dress"):
        propose(Product("p", "Dress"), worn)
