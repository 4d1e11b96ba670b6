"""What is taken from the garment photo and what is taken off the wearer: labels only, no pixels are made here."""

from typing import Literal, cast

import numpy as np

from appearance_flow.parts import MIN_SHOWN
from tryon.body import skeleton as sk
from tryon.body.proportions import WAIST
from tryon.core.errors import ConfigError, GarmentNotFoundError
from tryon.core.labels import LOWER_BODY, Label, mask_of
from tryon.types import Category, CloseView, Garment, Person, Swap, Tuck

CATEGORIES = ("auto", "upper", "outer", "dress", "lower", "outfit")
BelowPolicy = Literal["auto", "bring", "keep"]
Inner = Literal["bring", "keep"]

UPPER_BODY = (Label.UPPER, Label.OUTER, Label.DRESS, Label.SCARF)
WHOLE_BODY = ("dress", "outfit")
"""Categories after which legs may be seen where a longer garment was."""

_LEGS = (Label.SKIN, Label.LEGWEAR, Label.PANTS)
_SHANKS = 0.02  # squared torso lengths of them from which they can be continued upward
_BELOW_HEM = 0.15  # torso lengths in which legs are looked at: farther down there may be socks

_INNER = (Label.UPPER, Label.DRESS)  # what shows in the opening of a coat
# What a category carries over. A coat comes with what shows in its opening, a dress with the top worn under or over
# it: without them, gaps would show the old top or nothing. A scarf lies on the garment and leaves a hole when it stays
# behind.
_CARRIED: dict[Category, tuple[Label, ...]] = {
    "upper": (Label.UPPER, Label.SCARF),
    "outer": (Label.OUTER, *_INNER, Label.SCARF),
    "dress": (Label.DRESS, Label.UPPER, Label.SCARF),
    "lower": LOWER_BODY,
    "outfit": (Label.UPPER, Label.OUTER, Label.DRESS, Label.SCARF, *LOWER_BODY),
}
# The label that must be there for the category to be shown.
_NEEDED: dict[Category, tuple[Label, ...]] = {
    "upper": (Label.UPPER,),
    "outer": (Label.OUTER,),
    "dress": (Label.DRESS,),
    "lower": LOWER_BODY,
    "outfit": (Label.UPPER, Label.OUTER, Label.DRESS, *LOWER_BODY),
}
_WORDS = {
    "upper": "a top",
    "outer": "a coat or jacket",
    "dress": "a dress",
    "lower": "trousers or a skirt",
    "outfit": "any garment",
    "auto": "a coat, dress or top",
}


def shown(parsing: np.ndarray, keypoints: np.ndarray, *labels: Label) -> bool:
    """Whether garments of these labels are seen well enough to be carried over."""
    unit = sk.torso_length(keypoints) or 0.3 * np.sqrt((parsing > 0).sum())
    return float(mask_of(parsing, *labels).sum()) > MIN_SHOWN * unit * unit


def choose(parsing: np.ndarray, keypoints: np.ndarray, category: str) -> tuple[Category, tuple[int, ...]]:
    """The category that is meant, and the labels to carry over.

    Args:
        parsing: ``(H, W)`` label map of the garment's wearer.
        keypoints: ``(18, 3)`` of the wearer.
        category: one of ``CATEGORIES``; ``auto`` takes what is worn outermost on the upper body.

    Raises:
        ConfigError: an unknown category.
        GarmentNotFoundError: nothing of the category is shown.
    """
    if category not in CATEGORIES:
        raise ConfigError(f"the category {category!r} is unknown; choose one of {', '.join(CATEGORIES)}")
    asked = cast(Category, category)
    candidates: tuple[Category, ...] = ("outer", "dress", "upper") if category == "auto" else (asked,)
    for candidate in candidates:
        if shown(parsing, keypoints, *_NEEDED[candidate]):
            return candidate, _with_fragments(parsing, keypoints, _CARRIED[candidate])
    kinds: tuple[Category, ...] = ("upper", "outer", "dress", "lower")
    seen = [_WORDS[kind] for kind in kinds if shown(parsing, keypoints, *_NEEDED[kind])]
    found = f"it shows {' and '.join(seen)}" if seen else "no garment was found on the person"
    raise GarmentNotFoundError(
        f"the garment photo does not show {_WORDS[category]} clearly enough; {found}; "
        "choose another --category or photo"
    )


def legs_show(view: CloseView, off: np.ndarray) -> Label | None:
    """What somebody's legs show below a hem, skin, stockings or trousers: it goes on above, under a coat or a dress.

    Where too little of them shows, there is skin behind a skirt or a dress that comes off, and nothing is known
    otherwise: ``None``.

    Args:
        view: of the person.
        off: ``(h, w)`` ``bool``, what is taken off.
    """
    shown = mask_of(view.parsing, *_LEGS) & view.body.legs & ~off
    if shown.sum() < _SHANKS * view.body.unit**2:
        skirt = mask_of(view.parsing, Label.SKIRT, Label.DRESS) & view.body.legs & off
        return Label.SKIN if skirt.sum() > _SHANKS * view.body.unit**2 else None
    depth = view.body.depth
    below_hem = shown & (depth < np.percentile(depth[shown], 2) + _BELOW_HEM)
    return max(_LEGS, key=lambda label: int((view.parsing[below_hem] == label).sum()))


def _coat_alone(wearer: CloseView, labels: tuple[int, ...]) -> tuple[np.ndarray, tuple[int, ...]]:
    """Label map of a coat's wearer without what shows in the opening, and the coat's labels without it; what is read
    as a top on the sleeves belongs to the coat."""
    parsing, body = wearer.parsing, wearer.body
    inside = (parsing == Label.UPPER) | ((parsing == Label.DRESS) & (body.depth <= WAIST))
    alone = np.where(inside & ~body.sleeves, np.uint8(Label.BACKGROUND), parsing)
    return alone, tuple(x for x in labels if x not in _INNER or not shown(parsing, wearer.keypoints, Label(x)))


def _own_below(view: CloseView) -> np.ndarray:
    """``(h, w)`` ``bool``: what somebody wears below the waist; of a dress, all that is no sleeve."""
    parsing, body = view.parsing, view.body
    skirt = (parsing == Label.DRESS) & (body.depth > WAIST) & ~body.sleeves
    return mask_of(parsing, *LOWER_BODY) | skirt


def scanty(wearer: Person) -> bool:
    """Whether somebody shows more skin than cloth between shoulders and mid-thigh, as in underwear or swimwear."""
    parsing, trunk = wearer.close.parsing, wearer.close.body.torso
    cloth = mask_of(parsing, *UPPER_BODY, *LOWER_BODY, Label.LEGWEAR)
    return bool(((parsing == Label.SKIN) & trunk).sum() > (cloth & trunk).sum())


def _with_fragments(parsing: np.ndarray, keypoints: np.ndarray, labels: tuple[Label, ...]) -> tuple[int, ...]:
    """The labels, and those of the same half of the body that are too small to be a garment of their own.

    A reading may give a sleeve of a shirt the label of a coat; it must not stay behind.
    """
    half = LOWER_BODY if labels == LOWER_BODY else UPPER_BODY
    fragments = [label for label in half if label not in labels and not shown(parsing, keypoints, label)]
    return tuple(int(label) for label in (*labels, *fragments))


def untucked(tuck: Tuck, category: str) -> tuple[str, ...]:
    """A note where something else than a top was to be tucked in or left out."""
    if tuck == "auto" or category == "upper":
        return ()
    return (f"tuck {tuck} was left aside: it is of tops (category upper), and the garment is of category {category}",)


def plan(person: Person, garment: Garment, below: BelowPolicy, tuck: Tuck = "auto", inner: Inner = "bring") -> Swap:
    """What is carried over, what is taken off, and what may come along for the legs.

    Args:
        person: who is to wear the garment.
        garment: with its category resolved by :func:`choose`.
        below: where the old garment covered hips or legs and the new one does not: ``keep`` one's own clothes, which
            are trousers, a skirt or the lower part of a dress, and where none of them is seen, that of the old garment;
            ``bring`` the other person's lower garment along; ``auto`` keeps one's own where they are seen and brings
            otherwise.
        tuck: a top ``in`` the waistband, or ``out`` over it; ``auto`` as its wearer has it. Of other garments it says
            nothing.
        inner: what shows in the opening of a coat: ``bring`` what its wearer wears under it, or ``keep`` one's own, as
            is always done with a coat without a wearer. Of other garments it says nothing.
    """
    view, category = person.close, garment.category
    tuck = tuck if category == "upper" else "auto"
    coat_alone = category == "outer" and inner == "keep"
    upper = tuple(label for label in garment.labels if label in UPPER_BODY)
    lower = tuple(label for label in garment.labels if label in LOWER_BODY)
    off: tuple[Label, ...] = ()
    if category != "lower":
        off += (Label.OUTER,)
        if category != "outer" or (Label.UPPER in upper and not coat_alone):
            off += (Label.UPPER,)
        if category != "outer":
            off += (Label.DRESS,)
    if category in ("lower", "outfit"):
        off += LOWER_BODY
    if category == "dress":
        off += (Label.SKIRT,)
    taken = mask_of(view.parsing, *off)
    if category == "lower":  # a dress gives way to the new skirt or trousers below the waist
        taken |= (view.parsing == Label.DRESS) & (view.body.depth > WAIST)
    own = _own_below(view)
    goes_on = below != "bring" and category in ("upper", "outer") and own.sum() > MIN_SHOWN * view.body.unit**2
    if goes_on:
        taken &= ~own
    legs, covered = legs_show(view, taken), view.body.torso
    if legs is None or not (category in WHOLE_BODY or goes_on):  # else what is seen of the legs goes on above
        covered = covered | view.body.legs
    source = garment.source.close
    parsing = source.parsing
    if coat_alone:
        parsing, upper = _coat_alone(source, upper)
    if category in ("upper", "outer"):  # only the upper body is dressed anew: below the waist, a dress is a skirt
        parsing = np.where((parsing == Label.DRESS) & (source.body.depth > WAIST), np.uint8(Label.SKIRT), parsing)
    can_bring = below != "keep" and not lower and shown(parsing, source.keypoints, *LOWER_BODY)
    return Swap(
        upper,
        lower,
        taken,
        must_cover=taken & (view.body.depth > WAIST) & covered,
        parsing=parsing,
        legs=legs,
        own=own & goes_on,
        tuck=tuck,
        hang="torso" if category == "upper" else "skirt",  # dresses and long coats hang from the hips like a skirt
        bring=tuple(int(label) for label in LOWER_BODY) if can_bring else (),
    )


def wears(person: Person, garment: Garment, swap: Swap) -> bool:
    """Whether the garment photo is the person photo, and no more comes off than what is put on."""
    source = garment.source
    if not np.array_equal(source.keypoints, person.keypoints) or not np.array_equal(source.photo, person.photo):
        return False
    return swap.tuck == "auto" and not (swap.off & ~mask_of(person.close.parsing, *garment.labels)).any()
