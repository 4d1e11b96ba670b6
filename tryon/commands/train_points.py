"""``tryon train points``: binds drawn garments to the network. Free of torch until it runs."""

from dataclasses import dataclass

from tryon.commands.options import Encoder, Folder, Number, Training
from tryon.core.errors import ConfigError

VALIDATION_SEED = 2**31 - 1


@dataclass(frozen=True, kw_only=True)
class TrainPoints(Training):
    """Train the point network, which finds shoulders, cuffs, hems and joints on a flat garment, on drawn garments."""

    encoder_weights: Encoder = None
    """Weights of the encoder: a state dict file, the folder of a trained parser, or imagenet to download them."""
    init: Folder = None
    """Folder of saved weights to start from, instead of the encoder's alone; one of the two is needed."""
    swatches: Folder = None
    """Folder with photos of flat garments, whose cloth the drawn garments are made of, half of the time."""
    images: Number = None
    """Training views in all: 200000, or with --minutes as many as they allow."""
    batch: int = 16
    """Views a step, of each process."""
    lr: float = 2e-3
    """Highest learning rate."""

    def __post_init__(self) -> None:
        if (self.init is None) == (self.encoder_weights is None):
            raise ConfigError("give either --encoder-weights or --init: no training starts from random weights")

    def run(self) -> None:
        """Train the network and save it."""
        import torch

        from tryon.commands import telling
        from tryon.commands.drawn_garments import drawn_garments
        from tryon.commands.person_training import load_encoder
        from tryon.core.train.loop import ENDLESS, TrainConfig, seconds_a_step, train
        from tryon.read.flat.points_model import GarmentPoints
        from tryon.read.flat.points_task import PointsTask
        from tryon.read.flat.points_views import PointViews

        config = TrainConfig(
            images=self.images or (200_000 if self.minutes is None else ENDLESS),
            minutes=self.minutes,
            batch=self.batch,
            lr=self.lr,
            seed=self.seed,
            workers=self.workers,
            bf16=self.bf16,
            compile=self.compile,
            device=self.device,
        )
        torch.manual_seed(self.seed)
        network = GarmentPoints.from_pretrained(self.init) if self.init else GarmentPoints()
        if self.encoder_weights:
            load_encoder(network.encoder, self.encoder_weights)
        size, garments = network.config.input_size, drawn_garments(self.swatches)
        views, held_out = PointViews(garments, size, self.seed), PointViews(garments, size, VALIDATION_SEED)
        task = PointsTask(network, views, held_out)
        network.to(memory_format=torch.channels_last)  # faster on the processors it was tried on
        if self.dry_run:
            telling.say(telling.estimate(config, seconds_a_step(task, config)))
            return
        trained = train(task, config, self.out, say=telling.say).network
        folder = self.out / "weights"
        trained.save_pretrained(folder)
        telling.say(f"weights: {folder}")
