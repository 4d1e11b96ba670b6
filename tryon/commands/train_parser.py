"""``tryon train parser``: binds photos of people to the network. Free of torch until it runs."""

from dataclasses import dataclass

from tryon.commands.options import Folder, PersonTraining
from tryon.core.errors import ConfigError


@dataclass(frozen=True, kw_only=True)
class TrainParser(PersonTraining):
    """Train the garment parser."""

    tags: Folder = None
    """Folder of photos without label maps whose tags.csv names what is worn, in the layout of Clothing Co-Parsing:
    the network of --init labels them first, held to the tags, and is trained on them, too."""
    tags_share: float = 0.45
    """How often such a photo is drawn, of 1."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.tags and self.init is None:
            raise ConfigError("--tags needs --init: a trained parser labels those photos")
        if not 0 < self.tags_share < 1:
            raise ConfigError(f"--tags-share {self.tags_share:g} must lie between 0 and 1")

    def run(self) -> None:
        """Train the network and save it."""
        from tryon.commands.person_training import label_tagged, load_encoder, run_task, validation_views, views
        from tryon.core.labels import Label
        from tryon.read.parser.model import GarmentParser
        from tryon.read.parser.task import ParserTask

        # A street photo seldom shows these.
        rare = (Label.SKIRT, Label.DRESS, Label.HAT, Label.LEGWEAR, Label.SCARF)
        network = GarmentParser.from_pretrained(self.init) if self.init else GarmentParser()
        if self.encoder_weights:
            load_encoder(network.unet.encoder, self.encoder_weights)
        tagged = label_tagged(network, self.tags, self.out) if self.tags else []
        shown = views(self, rare, tagged, self.tags_share)
        run_task(self, "parser", ParserTask(network, shown, validation_views(self)))
