"""``tryon train pose``: binds photos of people to the network. Free of torch until it runs."""

from dataclasses import dataclass

from tryon.commands.options import PersonTraining


@dataclass(frozen=True, kw_only=True)
class TrainPose(PersonTraining):
    """Train the pose network."""

    def run(self) -> None:
        """Train the network and save it."""
        from tryon.commands.person_training import load_encoder, run_person_task, validation_views, views
        from tryon.read.pose.model import PoseEstimator
        from tryon.read.pose.task import PoseTask

        network = PoseEstimator.from_pretrained(self.init) if self.init else PoseEstimator()
        if self.encoder_weights:
            load_encoder(network.fpn.encoder, self.encoder_weights)
        run_person_task(self, "pose", PoseTask(network, views(self, None), validation_views(self)))
