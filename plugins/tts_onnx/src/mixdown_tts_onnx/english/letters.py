"""The letter-to-sound network: how a word is said that nobody has heard of.

Two bidirectional LSTM layers read its letters; a GRU writes, letter by letter, the chunk of phones that each stands for (none, one
or two), knowing what it wrote before; the likeliest of a few ways is kept (beam search). ``data/letters.npz`` holds 0.76 M weights
as float16, made by `training/pronunciation`. It runs in numpy, in Mixdown's own process: a word takes some 2 ms, where importing
ONNX Runtime would stop the event loop for 150 ms.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import as_file, files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mixdown_tts_onnx.english.phones import Phones, written

Array = NDArray[np.float32]

LETTERS = "abcdefghijklmnopqrstuvwxyz'"
WAYS = 4
"""That are followed at a time."""


class LettersToSound:
    """``weights`` by PyTorch's names, with ``chunks``: what a letter may stand for, phones parted by spaces."""

    def __init__(self, weights: Mapping[str, NDArray[Any]]) -> None:
        self._weights: Mapping[str, Array] = {
            name: np.ascontiguousarray(weight, np.float32)
            for name, weight in weights.items()
            if name != "chunks"
        }
        self._chunks: list[Phones] = [(), *(written(str(chunk)) for chunk in weights["chunks"])]

    def __call__(self, word: str) -> Phones:
        """``word``: one or more of `LETTERS`."""
        ids = [LETTERS.index(letter) + 1 for letter in word]
        return tuple(phone for chunk in self._written(self._read(ids)) for phone in self._chunks[chunk])

    def _read(self, ids: list[int]) -> Array:
        """(letters, 2 hidden)"""
        hidden = self._weights["letter.weight"][ids]
        for layer in (0, 1):
            forward = self._lstm(hidden, f"l{layer}")
            backward = self._lstm(hidden[::-1], f"l{layer}_reverse")[::-1]
            hidden = np.concatenate([forward, backward], axis=1)
        return hidden

    def _lstm(self, inputs: Array, name: str) -> Array:
        """One direction of one layer: (letters, hidden). Gates in PyTorch's order: input, forget, cell, output."""
        weights = self._weights
        recurrent = weights[f"reader.weight_hh_{name}"]
        gates = _product(inputs, weights[f"reader.weight_ih_{name}"])
        gates += weights[f"reader.bias_ih_{name}"] + weights[f"reader.bias_hh_{name}"]
        size = recurrent.shape[1]
        state = cell = np.zeros(size, np.float32)
        states = np.empty((len(inputs), size), np.float32)
        for index, given in enumerate(gates):
            take, forget, new, out = (given + np.einsum("gh,h->g", recurrent, state)).reshape(4, size)
            cell = _sigmoid(forget) * cell + _sigmoid(take) * np.tanh(new)
            state = states[index] = _sigmoid(out) * np.tanh(cell)
        return states

    def _written(self, read: Array) -> list[int]:
        """The likeliest chunks, one a letter."""
        states = np.zeros((1, self._weights["writer.weight_hh_l0"].shape[1]), np.float32)
        scores = np.zeros(1, np.float32)
        ways: list[list[int]] = [[]]
        for row in read:
            states = self._gru(row, [way[-1] if way else 0 for way in ways], states)
            chances = scores[:, None] + self._log_chances(states, row)
            best = np.argsort(-chances, axis=None, kind="stable")[:WAYS]
            came, chunk = np.divmod(best, chances.shape[1])
            ways = [[*ways[int(way)], int(one)] for way, one in zip(came, chunk, strict=True)]
            states, scores = states[came], chances.ravel()[best]
        return ways[0]

    def _gru(self, row: Array, before: list[int], states: Array) -> Array:
        """The states (ways, hidden) behind one more letter. Gates in PyTorch's order: reset, update, new."""
        weights = self._weights
        told = weights["before.weight"][before]
        inputs = np.concatenate([np.broadcast_to(row, (len(told), len(row))), told], axis=1)
        given = _product(inputs, weights["writer.weight_ih_l0"]) + weights["writer.bias_ih_l0"]
        kept = _product(states, weights["writer.weight_hh_l0"]) + weights["writer.bias_hh_l0"]
        reset, update, new = np.split(given, 3, axis=1)
        reset_kept, update_kept, new_kept = np.split(kept, 3, axis=1)
        fresh = np.tanh(new + _sigmoid(reset + reset_kept) * new_kept)
        held = _sigmoid(update + update_kept)
        behind: Array = (1 - held) * fresh + held * states
        return behind

    def _log_chances(self, states: Array, row: Array) -> Array:
        """(ways, chunks + 1) of natural logarithms; chunk 0 is none and never comes."""
        weights = self._weights
        inputs = np.concatenate([states, np.broadcast_to(row, (len(states), len(row)))], axis=1)
        logits: Array = _product(inputs, weights["scores.weight"]) + weights["scores.bias"]
        logits[:, 0] = -np.inf
        highest = logits.max(axis=1, keepdims=True)
        chances: Array = logits - highest - np.log(np.exp(logits - highest).sum(axis=1, keepdims=True))
        return chances


def _product(rows: Array, weights: Array) -> Array:
    """Each row times the weights. Not by BLAS, which wakes all its threads for so little and has them wait for each other."""
    made: Array = np.einsum("nk,hk->nh", rows, weights)
    return made


def _sigmoid(x: Array) -> Array:
    return np.float32(1) / (np.float32(1) + np.exp(-x))


@cache
def letters_to_sound() -> LettersToSound:
    """That of the wheel; the first call takes some 5 ms."""
    with (
        as_file(files("mixdown_tts_onnx.english") / "data" / "letters.npz") as path,
        np.load(path, allow_pickle=False) as weights,
    ):
        return LettersToSound(dict(weights))
