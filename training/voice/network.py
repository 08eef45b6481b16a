"""The networks of a voice, as PyTorch knows them: ConvNeXt blocks over phones, then over frames.

Z. Liu et al., "A ConvNet for the 2020s", CVPR 2022, in one dimension, as in Vocos (H. Siuzdak, ICLR 2024).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from mixdown_tts_onnx.mixdown.features import FEATURES, PHONES, POSITIONS
from training.voice.plan import KERNEL, Size


class Block(nn.Module):
    """(b, t, width) to the same: what is near, channel by channel, then all channels of a place together."""

    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.near = nn.Conv2d(width, width, (1, KERNEL), padding=(0, KERNEL // 2), groups=width)
        self.norm = nn.LayerNorm(width)
        self.widen = nn.Linear(width, inner)
        self.narrow = nn.Linear(inner, width)
        self.gate = nn.Parameter(torch.full((width,), 0.3))

    def forward(self, x: Tensor, within: Tensor) -> Tensor:
        # (b, t, c) seen as an image of one row whose channels lie side by side: nothing is copied
        image = (x * within).transpose(1, 2).unsqueeze(2)
        y = self.norm(self.near(image).squeeze(2).transpose(1, 2))
        z: Tensor = x + self.gate * self.narrow(functional.relu(self.widen(y)))
        return z


class Network(nn.Module):
    def __init__(self, size: Size, width: int) -> None:
        """``width``: parameters of a frame."""
        super().__init__()
        self.size = size
        self.phone = nn.Embedding(len(PHONES) + 1, size.width)
        self.feature = nn.Linear(FEATURES, size.width)
        self.encoder = nn.ModuleList(Block(size.width, size.inner) for _ in range(size.encoder))
        self.hidden = nn.LayerNorm(size.width)
        self.timing = nn.ModuleList(Block(size.width, size.width) for _ in range(size.timing))
        self.duration = nn.Linear(size.width, 1)
        self.position = nn.Linear(POSITIONS, size.width)
        self.decoder = nn.ModuleList(Block(size.width, size.inner) for _ in range(size.decoder))
        self.normal = nn.LayerNorm(size.width)
        self.parameter = nn.Linear(size.width, width)

    def encode(self, phones: Tensor, features: Tensor, within: Tensor) -> tuple[Tensor, Tensor]:
        """(b, n) and (b, n, FEATURES) to hidden (b, n, width) and the logarithm of the frames of each phone (b, n)."""
        x = self.phone(phones) + self.feature(features)
        for block in self.encoder:
            x = block(x, within)
        hidden = self.hidden(x)
        y = hidden
        for block in self.timing:
            y = block(y, within)
        return hidden, self.duration(y).squeeze(-1)

    def decode(self, hidden: Tensor, position: Tensor, within: Tensor) -> Tensor:
        """(b, t, width) and (b, t, POSITIONS) to normalised parameters (b, t, parameters); voicing as a logit."""
        x = hidden + self.position(position)
        for block in self.decoder:
            x = block(x, within)
        parameters: Tensor = self.parameter(self.normal(x))
        return parameters

    def forward(
        self, phones: Tensor, features: Tensor, phone_of: Tensor, position: Tensor, within: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Of a `Batch`: parameters (b, t, parameters) and log durations (b, n)."""
        hidden, durations = self.encode(phones, features, (phones > 0).unsqueeze(-1).to(features.dtype))
        frames = hidden.flatten(0, 1)[phone_of].view(*position.shape[:2], -1)
        return self.decode(frames, position, within), durations
