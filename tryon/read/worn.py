"""Whether a garment can be taken from a photo: somebody wears it, it is large enough, and no edge cuts it off."""

import numpy as np

from tryon.body import skeleton as sk
from tryon.body.body import Body
from tryon.core.errors import GarmentNotFoundError, NobodyFoundError
from tryon.core.labels import mask_of
from tryon.outfit import choose, scanty
from tryon.read.cut import CONTACT, cut_sides
from tryon.read.plausible import SMALLEST
from tryon.types import Garment, Person

# Of the longer side. Whole people who fill their photo, as in tryon/samples, are found in good copies from 136 on, and
# in bad ones, of coarse JPEG, from 160 on.
_MADE_OUT = 160
_LARGEST = 2.0  # times a garment may be enlarged without a note: detail of single pixels begins to blur
# In torso lengths, from here on.
_GOES_ON = 0.5  # the photo below a body that ends at the thighs
_MID_THIGH = 0.45  # below the hips


def unworn(size: tuple[int, int]) -> str:
    """What is said of a garment photo of this height and width in which no wearer was found."""
    height, width = size
    if max(size) < _MADE_OUT:
        return (
            f"no wearer of a garment was made out in a photo of {width} x {height} pixels, and at least {SMALLEST} "
            "from shoulders to hips are needed; use a larger photo"
        )
    return (
        "nobody was found who wears the garment and whose shoulders are seen; use a photo of somebody who wears it, or "
        "choose --garment-photo flat where it lies or hangs"
    )


def take_worn(wearer: Person, category: str) -> Garment:
    """The garment that somebody wears.

    Args:
        wearer: as read.
        category: as in :meth:`tryon.pipeline.TryOn.read_garment`.

    Raises:
        ConfigError, GarmentNotFoundError: as :func:`tryon.outfit.choose`, or it cannot serve.
        NobodyFoundError: nobody wears it.
    """
    refuse_small(wearer.body)
    refuse_unworn(wearer)
    chosen, labels = choose(wearer.parsing, wearer.keypoints, category)
    refuse_scanty(wearer)
    notes = refuse_cut(wearer, chosen, labels)
    return Garment(wearer, chosen, labels, (*wearer.warnings, *notes))


def refuse_small(body: Body) -> None:
    """Refuse a wearer who is too small for the garment to be read.

    Args:
        body: of the wearer.

    Raises:
        GarmentNotFoundError: fewer than 32 pixels from shoulders to hips.
    """
    height, width = body.size
    if body.unit < SMALLEST:
        raise GarmentNotFoundError(
            f"the wearer is too small to see the garment: {int(body.unit)} pixels from shoulders to hips in a photo of "
            f"{width} x {height}, and at least {SMALLEST} are needed; use a larger photo, or one taken closer"
        )


def refuse_unworn(wearer: Person) -> None:
    """Refuse a wearer who ends at the thighs though the photo goes on, as people do who are printed on a garment.

    Raises:
        NobodyFoundError: there is no knee, and no edge of the photo that would cut the legs off.
    """
    parsing, keypoints = wearer.parsing, wearer.keypoints
    rows = np.flatnonzero((parsing > 0).any(1))
    below = (len(parsing) - 1 - rows.max(initial=0)) / wearer.body.unit
    if max(keypoints[[sk.R_KNEE, sk.L_KNEE], 2]) <= 0 and below > _GOES_ON:
        raise NobodyFoundError(
            "the person ends above the knees though the photo goes on, as in a print on a garment; choose "
            "--garment-photo flat where nobody wears it, or use a photo of somebody who is not hidden below the waist"
        )


def refuse_cut(wearer: Person, category: str, labels: tuple[int, ...]) -> list[str]:
    """Refuse a garment of which the photo shows too little, and say what else is missing.

    Args:
        wearer: as read.
        category: what is taken; ``lower`` hangs from the hips.
        labels: the classes of the label map that are taken.

    Returns:
        Notes on edges of the photo that cut the garment off.

    Raises:
        GarmentNotFoundError: half of the wearer is outside of the photo, or trousers or a skirt are cut off above
            mid-thigh.
    """
    garment, unit = mask_of(wearer.parsing, *labels), wearer.body.unit
    notes = []
    for side, in_half in cut_sides(wearer, garment):
        if in_half:
            raise GarmentNotFoundError(
                f"the photo's {side} edge cuts the wearer in half; use a photo that shows both shoulders and sides"
            )
        notes.append(f"the photo's {side} edge cuts the garment off; what lies beyond it is missing")
    if garment[-1].sum() > CONTACT * unit:
        hips = wearer.body.keypoints[[sk.R_HIP, sk.L_HIP], 1].mean()
        if category == "lower" and len(garment) - 1 - hips < _MID_THIGH * unit:
            raise GarmentNotFoundError(
                "the photo's lower edge cuts the trousers or the skirt off above mid-thigh; "
                "use a photo that shows more of the legs"
            )
        notes.append("the photo's lower edge cuts the garment off; it ends there, without its hem")
    return notes


def enlarged(person: Body, garment: Body) -> list[str]:
    """A note where the garment photo shows the garment much smaller than the person photo needs it.

    Args:
        person: of who puts it on.
        garment: of who wears it.
    """
    times = person.unit / garment.unit
    if times <= _LARGEST:
        return []
    return [f"the garment is enlarged {times:.1f} times and will look blurred; a larger garment photo helps"]


def refuse_scanty(wearer: Person) -> None:
    """Refuse a wearer in underwear or swimwear.

    Raises:
        GarmentNotFoundError: more skin than cloth between shoulders and mid-thigh.
    """
    if scanty(wearer):
        raise GarmentNotFoundError(
            "the person wears little on the trunk; underwear and swimwear are not carried over, "
            "use a photo of somebody who is dressed"
        )
