"""Single people with key points and label maps, whichever of the two layouts their folder has."""

from pathlib import Path

from tryon.core.checks import MIN_TORSO, too_small
from tryon.core.errors import DataError
from tryon.datasets.ccp import ClothingCoParsing, Split
from tryon.datasets.renders import Renders

People = ClothingCoParsing | Renders


def open_people(root: str | Path, split: Split = "train", *, labeled: bool = True, correct: bool = False) -> People:
    """The people of a folder: with ``meta.csv``, in the layout of renders, which photos may have too; else in CCP's.

    Args:
        root: the folder.
        split: ``train``, ``val`` or ``all``.
        labeled: of CCP, keep only the photos with pixel labels; in the other layout, all have them.
        correct: of CCP, mend the labels that name the wrong garment.

    Raises:
        DataError: a file or folder of the layout is missing, or holds something else, such as key points that are not
            in pixels.
    """
    people: People
    if (Path(root) / "meta.csv").is_file():
        people = Renders(root, split)
    else:
        people = ClothingCoParsing(root, split, labeled=labeled, correct=correct)
    tiny = sum(too_small(people.keypoints[name]) for name in people.names)
    if tiny > len(people) / 2:
        raise DataError(
            f"the key points of {tiny} of {len(people)} people in {root} span less than {MIN_TORSO} pixels; expected x "
            "and y in pixels, not as shares of the picture"
        )
    return people
