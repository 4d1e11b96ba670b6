"""Training of the garment parser."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tryon import metrics
from tryon.core.labels import NUM_LABELS, PALETTE, UNKNOWN
from tryon.read.parser.model import GarmentParser
from tryon.read.views import PersonViews

# Weight of each class in the cross entropy: the rarer its pixels in street photos, the higher.
CLASS_WEIGHTS = (0.8, 2.5, 1.2, 1.0, 1.2, 1.2, 1.3, 2.5, 1.2, 2.5, 1.8, 2.0, 2.5, 2.5)
VALIDATION_VIEWS = 48
# Share of a view's pixels from which on a class is there for certain; below it, but not at none, nobody is asked.
PRESENT = 5e-4


class ParserTask:
    """Cross entropy with class weights plus the Dice loss over the classes that a batch shows, of the pixels; binary
    cross entropy of which classes it shows. Pixels of unknown class count in none.

    The Dice term counts a class the same whether it covers a coat or a bag, so rare classes do not vanish.

    Args:
        network: to train.
        views: of the people to train on.
        validation: views of other people, for the figures on the way.
        sheet_numbers: views that the sheets show.
    """

    def __init__(
        self,
        network: GarmentParser,
        views: PersonViews,
        validation: PersonViews | None = None,
        sheet_numbers: Sequence[int] = range(12),
    ):
        self.network, self.views, self.validation = network, views, validation
        self._sheet_numbers = sheet_numbers
        self._weights = torch.tensor(CLASS_WEIGHTS)

    def example(self, number: int) -> dict[str, Tensor]:
        """``image`` ``(3, H, W)`` in [0, 1] and ``labels`` ``(H, W)``."""
        image, _, parsing = self.views.view(number)
        return {
            "image": torch.from_numpy(image).permute(2, 0, 1).float() / 255,
            "labels": torch.from_numpy(parsing).long(),
        }

    def loss(self, network: nn.Module, batch: dict[str, Tensor], share: float) -> dict[str, Tensor]:
        parsed, labels = network(batch["image"]), batch["labels"]
        logits = parsed.labels.float()
        weights = self._weights.to(logits.device)
        entropy = F.cross_entropy(logits, labels, weights, ignore_index=UNKNOWN, label_smoothing=0.03)
        dice = dice_loss(logits.softmax(1), labels)
        presence = presence_loss(parsed.presence.float(), labels)
        return {"loss": entropy + dice + presence, "cross_entropy": entropy, "dice": dice, "presence": presence}

    @torch.inference_mode()
    def validate(self, network: nn.Module) -> dict[str, float]:
        """Mean IoU of nine classes and IoU of the person, in [0, 1], over the first validation views."""
        if self.validation is None:
            return {}
        confusion = metrics.Confusion()
        for number in range(VALIDATION_VIEWS):
            image, _, parsing = self.validation.view(number)
            confusion.add(self._labels(network, image), parsing)
        return {"miou_9": confusion.miou_9(), "iou_person": confusion.iou_person()}

    @torch.inference_mode()
    def sheet(self, network: nn.Module) -> np.ndarray:
        """Three rows: views, predicted labels, true labels; the views are the first of the training."""
        columns = []
        for number in self._sheet_numbers:
            image, _, parsing = self.views.view(number)
            truth = PALETTE[np.where(parsing == UNKNOWN, 0, parsing)]
            columns.append(np.concatenate((image, PALETTE[self._labels(network, image)], truth)))
        return np.concatenate(columns, 1)

    def _labels(self, network: nn.Module, image: np.ndarray) -> np.ndarray:
        device = next(network.parameters()).device
        tensor = torch.from_numpy(image).permute(2, 0, 1)[None].float().to(device) / 255
        return network(tensor).labels.argmax(1)[0].cpu().numpy()


def dice_loss(probabilities: Tensor, labels: Tensor) -> Tensor:
    """One minus the soft Dice overlap, averaged over the classes that occur in ``labels``.

    Args:
        probabilities: ``(B, C, H, W)``.
        labels: ``(B, H, W)`` integers below C, or :data:`tryon.core.labels.UNKNOWN`, which counts as no class.

    Returns:
        A scalar in [0, 1].
    """
    known = (labels != UNKNOWN)[:, None].to(probabilities.dtype)
    truth = F.one_hot(labels.clamp(max=NUM_LABELS - 1), NUM_LABELS).permute(0, 3, 1, 2).to(probabilities.dtype) * known
    probabilities = probabilities * known
    overlap = (probabilities * truth).sum((0, 2, 3))
    total = probabilities.sum((0, 2, 3)) + truth.sum((0, 2, 3))
    shown = truth.sum((0, 2, 3)) > 0
    return (1 - (2 * overlap + 1) / (total + 1))[shown].mean()


def presence_loss(logits: Tensor, labels: Tensor) -> Tensor:
    """Binary cross entropy of which classes a view shows, a class counting wherever it is clear.

    Args:
        logits: ``(B, C)``.
        labels: ``(B, H, W)`` integers below C, or :data:`tryon.core.labels.UNKNOWN`.

    Returns:
        A scalar.
    """
    share = torch.stack([(labels == label).flatten(1).float().mean(1) for label in range(logits.shape[1])], 1)
    clear = (share == 0) | (share >= PRESENT)
    loss = F.binary_cross_entropy_with_logits(logits, (share > 0).float(), reduction="none")
    return (loss * clear).sum() / clear.sum()
