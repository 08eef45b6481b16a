"""The letter-to-sound network: two bidirectional LSTM layers read the letters, a GRU writes the phones of one letter after the
other, knowing what it wrote before. About 0.72 M parameters."""

from __future__ import annotations

import torch
from torch import Tensor, nn

LETTERS = "abcdefghijklmnopqrstuvwxyz'"
LETTER, HIDDEN, BEFORE, WRITER = 64, 128, 32, 96
DROPOUT = 0.25
PADDING = 0
"""Of letters and of chunks; as the chunk before the first letter it is the beginning."""


class LettersToSound(nn.Module):
    """letters int64 (words, letters), chunks before each int64 likewise -> logits (words, letters, chunks + 1)."""

    def __init__(self, chunks: int) -> None:
        super().__init__()
        self.letter = nn.Embedding(len(LETTERS) + 1, LETTER)
        self.reader = nn.LSTM(LETTER, HIDDEN, 2, batch_first=True, bidirectional=True, dropout=DROPOUT)
        self.before = nn.Embedding(chunks + 1, BEFORE)
        self.writer = nn.GRU(2 * HIDDEN + BEFORE, WRITER, batch_first=True)
        self.scores = nn.Linear(WRITER + 2 * HIDDEN, chunks + 1)
        self.dropout = nn.Dropout(DROPOUT)

    def read(self, letters: Tensor) -> Tensor:
        """(words, letters, 2 HIDDEN); the words of a batch are equally long."""
        return self.dropout(self.reader(self.dropout(self.letter(letters)))[0])

    def write(self, read: Tensor, before: Tensor, state: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Logits and the writer's state after the last letter."""
        written, state = self.writer(torch.cat([read, self.before(before)], -1), state)
        return self.scores(torch.cat([self.dropout(written), read], -1)), state

    def forward(self, letters: Tensor, before: Tensor) -> Tensor:
        return self.write(self.read(letters), before)[0]
