"""Frozen vision networks whose features the perceptual losses compare.

Both networks take grey pictures and return features at strides 8 and 16. They are of two families,
so that a picture that only deceives one of them gains little:

- MobileNetV2, trained to classify ImageNet: M. Sandler and others, MobileNetV2: inverted residuals
  and linear bottlenecks, 2018. Weights of torchvision, BSD 3-Clause.
- The backbone of NanoDet-g, trained to detect the objects of COCO: RangiLyu, NanoDet, 2021,
  Apache 2.0. Plain convolutions in cross stage partial blocks: C.-Y. Wang and others, CSPNet,
  2020.

Their weights are in `models/refine.onnx`, in half precision, under the names of the modules here.
Training may add the rest of MobileNetV2, which sums up a whole picture in one vector.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

#: expansion, channels, blocks and stride of the stages of MobileNetV2, up to stride 16
MOBILENET_STAGES = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1))
MOBILENET_OUTPUTS = (5, 12)  #: blocks that end strides 8 and 16
MOBILENET_DEEP_STAGES = ((6, 160, 3, 2), (6, 320, 1, 1))  #: the rest, at stride 32
SUMMARY_CHANNELS = 1280  #: length of the vector that sums up a picture
#: channels, pairs of inner convolutions and stride of the stages of NanoDet-g, up to stride 16
NANODET_STAGES = ((32, 1, 1), (64, 2, 2), (128, 2, 2))
NANODET_SLOPE = 0.1  #: of the leaky rectifier below zero
#: of the pictures that the networks were trained on, from 0 to 1: red, green and blue for
#: MobileNetV2; blue, green and red for NanoDet-g
CHANNEL_MEANS = {"mobilenet": (0.485, 0.456, 0.406), "nanodet": (0.4060, 0.4560, 0.4850)}
CHANNEL_DEVIATIONS = {"mobilenet": (0.229, 0.224, 0.225), "nanodet": (0.2250, 0.2240, 0.2290)}


class VisionNetwork(nn.Module):
    """Base of the networks: makes three normalized channels of a grey picture."""

    mean: Tensor
    deviation: Tensor

    def __init__(self, name: str) -> None:
        super().__init__()
        for key, values in (("mean", CHANNEL_MEANS[name]), ("deviation", CHANNEL_DEVIATIONS[name])):
            self.register_buffer(key, torch.tensor(values).reshape(1, 3, 1, 1), persistent=False)

    def normalize(self, pictures: Tensor) -> Tensor:
        """Return normalized channels (N, 3, H, W) of grey pictures, (N, 1, H, W) from 0 to 1."""
        return (pictures - self.mean) / self.deviation

    def forward(self, pictures: Tensor) -> list[Tensor]:
        """Return features at strides 8 and 16 of grey pictures, (N, 1, H, W) from 0 to 1."""
        raise NotImplementedError


class MobileNetFeatures(VisionNetwork):
    """MobileNetV2 up to stride 16: 32 channels at stride 8, 96 at stride 16."""

    def __init__(self) -> None:
        super().__init__("mobilenet")
        self.stem = nn.Conv2d(3, 32, 3, 2, 1)
        self.blocks = nn.ModuleList(_inverted_residuals(32, MOBILENET_STAGES))

    def forward(self, pictures: Tensor) -> list[Tensor]:
        """Return features at strides 8 and 16 of grey pictures, (N, 1, H, W) from 0 to 1."""
        x = functional.relu6(self.stem(self.normalize(pictures)))
        features = []
        for number, block in enumerate(self.blocks):
            x = block(x)
            if number in MOBILENET_OUTPUTS:
                features.append(x)
        return features


class MobileNetSummary(nn.Module):
    """The rest of MobileNetV2: from features at stride 16 to one vector for a picture."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(_inverted_residuals(96, MOBILENET_DEEP_STAGES))
        self.last = nn.Conv2d(320, SUMMARY_CHANNELS, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return (N, 1280, 1, 1) of features at stride 16, (N, 96, H, W)."""
        for block in self.blocks:
            x = block(x)
        return functional.relu6(self.last(x)).mean((2, 3), keepdim=True)


class InvertedResidual(nn.Module):
    """Block of MobileNetV2: widen, convolve each channel, narrow; batch normalization is folded."""

    def __init__(self, inputs: int, outputs: int, stride: int, expansion: int) -> None:
        super().__init__()
        width = inputs * expansion
        self.is_residual = stride == 1 and inputs == outputs
        self.widen = nn.Conv2d(inputs, width, 1) if expansion > 1 else None
        self.each = nn.Conv2d(width, width, 3, stride, 1, groups=width)
        self.narrow = nn.Conv2d(width, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return features (N, outputs, H / stride, W / stride) of features (N, inputs, H, W)."""
        y = x if self.widen is None else functional.relu6(self.widen(x))
        changed: Tensor = self.narrow(functional.relu6(self.each(y)))
        return x + changed if self.is_residual else changed


def _inverted_residuals(
    inputs: int, stages: tuple[tuple[int, int, int, int], ...]
) -> Iterator[InvertedResidual]:
    for expansion, outputs, count, stride in stages:
        for number in range(count):
            yield InvertedResidual(inputs, outputs, stride if number == 0 else 1, expansion)
            inputs = outputs


class NanoDetFeatures(VisionNetwork):
    """Backbone of NanoDet-g up to stride 16: 128 channels at stride 8, 256 at stride 16."""

    def __init__(self) -> None:
        super().__init__("nanodet")
        self.stem = nn.Conv2d(3, 32, 3, 2, 1)
        self.stages = nn.ModuleList(PartialStage(*stage) for stage in NANODET_STAGES)

    def forward(self, pictures: Tensor) -> list[Tensor]:
        """Return features at strides 8 and 16 of grey pictures, (N, 1, H, W) from 0 to 1."""
        x = _leaky(self.stem(self.normalize(pictures)))
        x = self.stages[0](functional.max_pool2d(x, 3, 2, 1))
        fine = self.stages[1](x)
        return [fine, self.stages[2](fine)]


class PartialStage(nn.Module):
    """Cross stage partial block: part of the features passes all convolutions, part does not."""

    def __init__(self, channels: int, pairs: int, stride: int) -> None:
        super().__init__()
        half = channels // 2
        self.enter = _convolution(channels, channels, stride)
        self.reduce = nn.ModuleList(_convolution(channels, half) for _ in range(pairs))
        self.inner = nn.ModuleList(_convolution(half, half) for _ in range(pairs))
        self.leave = _convolution(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        """Return features (N, 2 * channels, H / stride, W / stride) of (N, channels, H, W)."""
        entered = _leaky(self.enter(x))
        y = entered
        for reduce, inner in zip(self.reduce, self.inner, strict=True):
            half = _leaky(reduce(y))
            y = torch.cat([_leaky(inner(half)), half], 1)
        return torch.cat([_leaky(self.leave(y)), entered], 1)


def _convolution(inputs: int, outputs: int, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, 3, stride, 1)


def _leaky(x: Tensor) -> Tensor:
    return functional.leaky_relu(x, NANODET_SLOPE)


def vision_networks(weights: Mapping[str, Tensor]) -> nn.ModuleDict:
    """Return the networks, frozen, with weights named `mobilenet.stem.weight` and so on.

    The rest of MobileNetV2 is among them, as `summary`, if the weights have it.

    Raises
    ------
    RuntimeError
        A weight is missing or has another shape.
    """
    networks = nn.ModuleDict({"mobilenet": MobileNetFeatures(), "nanodet": NanoDetFeatures()})
    if "summary.last.weight" in weights:
        networks["summary"] = MobileNetSummary()
    networks.load_state_dict({name: weight.float() for name, weight in weights.items()})
    networks.eval().requires_grad_(False)
    return networks.to(memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]


def features(networks: nn.ModuleDict, pictures: Tensor) -> list[Tensor]:
    """Return the features of grey pictures, (N, 1, H, W) from 0 to 1, in a fixed order.

    Returns
    -------
    list of float32 tensors
        Strides 8 and 16 of MobileNetV2, (N, C, h, w), then strides 8 and 16 of NanoDet-g. The
        last one is the summary, (N, 1280, 1, 1), if the networks have it.
    """
    pictures = pictures.contiguous(memory_format=torch.channels_last)
    both = [*networks["mobilenet"](pictures), *networks["nanodet"](pictures)]
    return [*both, networks["summary"](both[1])] if "summary" in networks else both
