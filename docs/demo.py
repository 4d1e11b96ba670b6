"""The picture in the README, from the sample people: ``python docs/demo.py``."""

from pathlib import Path

from tryon import TryOn, draw
from tryon.core import photo

DOCS = Path(__file__).parent
SAMPLES = DOCS.parent / "tryon" / "samples"
PAIRS = (("man_tshirt", "man_floral"), ("woman_shirt", "woman_coat"), ("woman_shirt", "flat/tshirt_on_wood"))
CELL = (512, 384)


def main() -> None:
    tryon = TryOn.from_pretrained()
    rows = []
    for person_name, garment_name in PAIRS:
        person = tryon.read_person(photo.load(SAMPLES / f"{person_name}.jpg"))
        garment = tryon.read_garment(photo.load(SAMPLES / f"{garment_name}.jpg"))
        result = tryon(person, garment)
        rows.append([("person", person.photo), ("garment", garment.source.photo), ("result", result.image)])
    photo.save(draw.contact_sheet(rows, CELL), DOCS / "demo.jpg", quality=90)


if __name__ == "__main__":
    main()
