"""Tiny TorchScript modules with the interfaces of the real networks: spread spectrum with a fixed pattern per bit.

They show that the adapters, the word's layouts and the hooks fit; they say nothing about how the real marks hold up.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn


def _patterns(count: int, length: int) -> Tensor:
    """float32 [count, length], orthogonal rows of unit deviation."""
    noise = torch.randn(length, count, generator=torch.Generator().manual_seed(5))
    return torch.linalg.qr(noise)[0].T * length**0.5


class Seal(nn.Module):
    """Video Seal's and Pixel Seal's interface; pictures are looked at in 64 x 64."""

    def __init__(self, maps: bool = False) -> None:
        super().__init__()
        self.maps = maps
        self.register_buffer("patterns", _patterns(256, 3 * 64 * 64))

    @torch.jit.export
    def embed(self, imgs: Tensor, msgs: Tensor) -> Tensor:
        change = ((2 * msgs - 1) @ self.patterns).reshape(-1, 3, 64, 64)
        size = [imgs.shape[2], imgs.shape[3]]
        return (imgs + 0.004 * nn.functional.interpolate(change, size=size, mode="nearest")).clamp(0, 1)

    @torch.jit.export
    def detect(self, imgs: Tensor) -> Tensor:
        small = nn.functional.adaptive_avg_pool2d(imgs, [64, 64])
        local = nn.functional.avg_pool2d(small, 5, stride=1, padding=2, count_include_pad=False)
        bits = (small - local).reshape(imgs.shape[0], -1) @ self.patterns.T
        found = torch.cat([torch.zeros(imgs.shape[0], 1), bits], dim=1)
        return found[:, :, None, None].expand(-1, -1, 2, 3) if self.maps else found

    def forward(self, imgs: Tensor, msgs: Tensor) -> Tensor:
        return self.detect(self.embed(imgs, msgs))


class Trust(nn.Module):
    """TrustMark's encoder and decoder."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("patterns", _patterns(100, 3 * 32 * 32))

    @torch.jit.export
    def encode(self, imgs: Tensor, secrets: Tensor) -> Tensor:
        change = ((2 * secrets - 1) @ self.patterns).reshape(-1, 3, 32, 32)
        return (imgs + 0.014 * nn.functional.interpolate(change, size=[256, 256], mode="nearest")).clamp(-1, 1)

    @torch.jit.export
    def decode(self, imgs: Tensor) -> Tensor:
        small = nn.functional.adaptive_avg_pool2d(imgs, [32, 32])
        local = nn.functional.avg_pool2d(small, 3, stride=1, padding=1, count_include_pad=False)
        return (small - local).reshape(imgs.shape[0], -1) @ self.patterns.T

    def forward(self, imgs: Tensor, secrets: Tensor) -> Tensor:
        return self.decode(self.encode(imgs, secrets))


class Audio(nn.Module):
    """AudioSeal's generator and detector: twenty repetitions a second of a pattern that is found wherever it starts."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("patterns", _patterns(17, 800))

    @torch.jit.export
    def get_watermark(self, x: Tensor, message: Tensor) -> Tensor:
        signs = torch.cat([2 * message - 1, torch.full([x.shape[0], 1], 3.0)], dim=1)
        return 0.008 * (signs @ self.patterns)[:, None].repeat(1, 1, 20)

    @torch.jit.export
    def detect(self, x: Tensor) -> Tensor:
        spectrum = torch.fft.rfft(x.reshape(x.shape[0], 20, 800).mean(dim=1))
        folded = torch.fft.irfft(spectrum / spectrum.abs().clamp(min=1e-6), n=800)  # so that no tone outweighs the rest
        turned = torch.cat([folded, folded], dim=1).unfold(1, 800, 1)[:, :800]
        start = (turned @ self.patterns[16]).argmax(dim=1)
        aligned = turned[torch.arange(x.shape[0]), start]
        return torch.sigmoid(2.0 * aligned @ self.patterns[:16].T)

    def forward(self, x: Tensor, message: Tensor) -> Tensor:
        return self.detect(x + self.get_watermark(x, message))


class Silent(nn.Module):
    """Marks nothing and reads nothing."""

    @torch.jit.export
    def embed(self, imgs: Tensor, msgs: Tensor) -> Tensor:
        return imgs

    @torch.jit.export
    def detect(self, imgs: Tensor) -> Tensor:
        return torch.zeros(imgs.shape[0], 257)

    def forward(self, imgs: Tensor, msgs: Tensor) -> Tensor:
        return self.detect(imgs)


def write_all(folder: Path) -> dict[str, Path]:
    """The file of each mark, by its name."""
    modules = {"videoseal": Seal(maps=True), "pixelseal": Seal(), "trustmark": Trust(), "audioseal": Audio()}
    return {name: write(module, folder / f"{name}.jit") for name, module in modules.items()}


def write(module: nn.Module, path: Path) -> Path:
    torch.jit.script(module).save(str(path))
    return path
