"""Label maps held to tags, on a drawn person and a network that knows classes by their color."""

import numpy as np
from torch import nn

from tests.read.parser.test_read import COLORS, PARSER, ColorParser, inner, scene
from tryon.core.labels import UNKNOWN, Label
from tryon.read.parser.model import Parsed
from tryon.read.parser.teacher import label_by_tags

SIZE = (400, 300)


class Torn(nn.Module):
    """Knows colors, but finds everything that looks like a top to be a dress, and a top half as likely."""

    def __init__(self):
        super().__init__()
        self.colors = ColorParser()
        self.config = self.colors.config

    def forward(self, image):
        labels, presence = self.colors(image)
        labels = labels.log_softmax(1)
        top = labels[:, Label.UPPER].exp()
        labels[:, Label.UPPER], labels[:, Label.DRESS] = (top / 3).log(), (2 * top / 3).log()
        return Parsed(labels, presence)


def drawn():
    photo, truth = scene(SIZE, (100, 40, 320))
    return photo, truth, truth > 0


def test_a_class_that_the_tags_exclude_gives_its_pixels_to_the_next():
    photo, truth, person = drawn()
    parser = Torn().eval()
    top = (truth == Label.UPPER) & inner(truth, 6)
    free = label_by_tags(parser, photo, (Label.DRESS, Label.UPPER, Label.PANTS), person)
    assert (free[top] == Label.DRESS).mean() > 0.95
    held = label_by_tags(parser, photo, (Label.UPPER, Label.PANTS), person)
    assert (held[top] == Label.UPPER).mean() > 0.95


def test_what_the_tags_do_not_explain_is_unknown():
    photo, truth, person = drawn()
    labels = label_by_tags(PARSER, photo, (Label.UPPER,), person)  # trousers are there, and nobody named them
    assert (labels[(truth == Label.PANTS) & inner(truth, 6)] == UNKNOWN).mean() > 0.95
    assert (labels[(truth == Label.UPPER) & inner(truth, 6)] == Label.UPPER).mean() > 0.95


def test_the_other_network_has_a_veto():
    """It sees no shoes, and somebody's arm where the reading sees background."""
    photo, truth, person = drawn()
    person[truth == Label.SHOES] = False
    person[200:260, 230:280] = True
    labels = label_by_tags(PARSER, photo, (Label.UPPER, Label.PANTS), person)
    assert (labels[352:358, 140:160] == UNKNOWN).all()
    assert (labels[215:245, 245:265] == UNKNOWN).all()
    assert (labels[:30] == Label.BACKGROUND).all()


def test_nobody():
    photo = np.full((*SIZE, 3), COLORS[Label.BACKGROUND], np.uint8)
    assert label_by_tags(PARSER, photo, (Label.UPPER,), np.zeros(SIZE, bool)) is None
