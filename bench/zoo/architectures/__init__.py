# SPDX-License-Identifier: Apache-2.0
"""The zoo: architectures written from their papers, small but true to their structure, with seeded random weights."""

from . import control, convnets, dense, detection, generative, numeric, sequences, structured, tiny, transformers
from .registry import Architecture, architectures

__all__ = [
    "Architecture",
    "architectures",
    "control",
    "convnets",
    "dense",
    "detection",
    "generative",
    "numeric",
    "sequences",
    "structured",
    "tiny",
    "transformers",
]
