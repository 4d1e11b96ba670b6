"""The part of the fitting room where a visitor corrects what the networks saw."""

from functools import partial

import cv2
import numpy as np
import streamlit as st

from apps import mending, services, state
from apps.components.mend import mend
from apps.mending import MAX_STROKE_POINTS, POINTS
from tryon.body.skeleton import NAMES
from tryon.core.errors import TryOnError
from tryon.core.labels import GARMENTS, mask_of
from tryon.draw import EDITED
from tryon.types import Person

SHOWN_PX = 900
_POINTS_NOTE = (
    "Drag a point to where that joint is, or choose it by Tab and move it by the arrow keys. "
    "Hollow points were not found: leave them, or put them where they belong."
)
_BRUSH_NOTE = "Paint with mouse or finger, or move the brush by the arrow keys and press Space."
TOOLS = {
    "person": {
        "add": ("Comes off", f"Paint what is the old garment. {_BRUSH_NOTE}"),
        "remove": ("Stays in front", f"Paint what has to stay as it is: a hand, hair, a bag. {_BRUSH_NOTE}"),
        "points": ("Move points", _POINTS_NOTE),
    },
    "garment": {
        "add": ("Garment", f"Paint what belongs to the garment. {_BRUSH_NOTE}"),
        "remove": ("Not the garment", f"Paint what does not belong to the garment. {_BRUSH_NOTE}"),
        "points": ("Move points", _POINTS_NOTE),
    },
}
ALT = {
    "person": "The person photo; colored is what comes off",
    "garment": "The garment photo; colored is the garment that is carried over",
}


def show(request: state.Request, person: state.Subject, garment: state.Subject) -> None:
    """Both photos with their masks and points, to be corrected; nothing where they have not been read yet."""
    read = state.person("person", person), state.person("garment", garment)
    if read[0] is None or read[1] is None:
        return
    if not st.toggle("Correct the machine", key="show_mend", persist_state="session"):
        return
    st.subheader("Correct the machine")
    st.caption(
        "Colored is what the networks took for the garment. What you paint or move here counts for this photo as long "
        "as it is chosen; the photo is not read again."
    )
    if problem := st.session_state.pop("mend problem", None):
        st.error(problem)
    if request[2].normalize != "never":
        st.caption("Where the pose is straightened first, the labels of the person are read anew after that.")
    pictures = _pictures(request, read[0], read[1])
    editors, result = st.columns(2, gap="medium")
    mine, other = editors.tabs(["Your photo", "The garment"])
    with mine:
        _editor("person", person, read[0], pictures["person"], str(request[:3]))
    with other:
        _editor("garment", garment, read[1], pictures["garment"], str((garment.key, request[2].category)))
    with result:
        if outcome := state.outcome(request):
            st.image(outcome.after, alt="The result with your corrections", width="stretch")


def _editor(role: state.Role, subject: state.Subject, one: Person, pictures: tuple[bytes, bytes], version: str) -> None:
    known = state.correction(role, subject.key)
    key = f"{role}_mend"
    data = {
        "version": version,
        "alt": ALT[role],
        "tools": [(name, title) for name, (title, _) in TOOLS[role].items()],
        "notes": {name: note for name, (_, note) in TOOLS[role].items()},
        "points": _points(one),
        "strokes": [{"adds": s.adds, "radius": s.radius, "points": s.points} for s in known.strokes],
        "moved": known.points,
        "maxStrokePoints": MAX_STROKE_POINTS,
    }
    mend(data, *pictures, key=key, on_mended=partial(_take, role, subject.key, key))


def _take(role: state.Role, subject: tuple[str, int | None], key: str) -> None:
    """What the visitor corrected becomes part of what is asked for, and the answer follows at once."""
    told = st.session_state[key]["mended"]
    try:
        state.keep_correction(role, subject, mending.read_correction(told))
    except TryOnError as error:
        st.session_state["mend problem"] = services.sentence(error)
        return
    state.set_running(True)


def _points(one: Person) -> list[dict[str, object]]:
    """The points that can be moved: as read, as the body was completed from them, or beside the picture's edge."""
    height, width = one.parsing.shape
    completed, found = one.body.keypoints, []
    for row, index in enumerate(POINTS):
        x, y, seen = completed[index]
        place = ((x + 0.5) / width, (y + 0.5) / height) if seen > 0 else (0.04, 0.06 * (row + 1))
        x, y = (float(np.clip(value, 0, 1)) for value in place)
        found.append({"index": index, "name": NAMES[index], "x": x, "y": y, "seen": bool(one.keypoints[index, 2] > 0)})
    return found


def _pictures(request: state.Request, person: Person, wearer: Person) -> dict[state.Role, tuple[bytes, bytes]]:
    """JPEG of each photo and PNG of its mask as it was read, made once for what is chosen."""
    asked = request[:3]
    known, pictures = st.session_state.get("mend pictures", (None, None))
    if known != asked:
        category = request[2].category
        try:
            garment = services.pipeline().take_garment(wearer, category=category)
            old = mending.old_garment(person, garment, request[2].below, request[2].inner)
        except TryOnError:  # what is to be mended here may be the reason
            old = mask_of(person.parsing, *GARMENTS)
        pictures = {
            "person": (services.jpeg(person.photo, SHOWN_PX), _mask_png(old)),
            "garment": (services.jpeg(wearer.photo, SHOWN_PX), _mask_png(mending.new_garment(wearer, category))),
        }
        st.session_state["mend pictures"] = (asked, pictures)
    return pictures


def _mask_png(mask: np.ndarray) -> bytes:
    """A mask in the size of the page, colored and elsewhere transparent."""
    scale = min(1.0, SHOWN_PX / max(mask.shape))
    small = cv2.resize(mask.astype(np.uint8), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) > 0
    picture = np.zeros((*small.shape, 4), np.uint8)
    picture[small] = (*EDITED, 255)
    return services.png(picture)
