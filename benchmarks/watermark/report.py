"""From result lines to a Markdown table and a bar chart."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

Rows = Sequence[dict[str, Any]]


def by_attack(rows: Rows) -> dict[str, tuple[int, int, int]]:
    """Attack -> (found, of, wrong), in order of appearance."""
    table: dict[str, tuple[int, int, int]] = {}
    for row in rows:
        found, of, wrong = table.get(row["attack"], (0, 0, 0))
        table[row["attack"]] = (found + row["found"], of + 1, wrong + row["wrong"])
    return table


def markdown(rows: Rows) -> str:
    """An attack per line: found / of, read alone and with a memory of the words that were issued; clips that failed."""
    failed: dict[str, list[str]] = {}
    for row in rows:
        failed.setdefault(row["attack"], []).extend([] if row["found"] else [row["clip"]])
    lines = ["| attack | word recovered | among issued words | alike | not recovered |", "|---|---|---|---|---|"]
    for name, (found, of, _) in by_attack(rows).items():
        known = " | ".join(_known(rows, name, memory) for memory in ("recalled", "confirmed"))
        lines.append(f"| {name} | {found} / {of} | {known} | {', '.join(failed[name])} |")
    return "\n".join(lines) + "\n"


def _known(rows: Rows, attack: str, memory: str) -> str:
    """How many are found when a memory helps; nothing where it was not asked."""
    asked = [row[memory] for row in rows if row["attack"] == attack and memory in row]
    return f"{sum(asked)} / {len(asked)}" if asked else ""


def costs(rows: Rows) -> str:
    """Size and quality per clip."""
    lines = ["| clip | size at CRF 23 | PSNR-Y mean / worst frame | SSIM, loss in the file |", "|---|---|---|---|"]
    lines += [
        f"| {row['clip']} ({row['bytes'] // 1000} kB) | {row['size_percent']:+.1f} % "
        f"({row['more_bytes'] / 1000:+.0f} kB) "
        f"| {row['psnr_mean_db']} / {row['psnr_worst_db']} dB | {row['ssim']}, {row['ssim_delivered_loss']} |"
        for row in rows
    ]
    return "\n".join(lines) + "\n"


def chart(rows: Rows, path: Path, title: str) -> None:
    """Horizontal bars, one per attack, as a PNG."""
    table = by_attack(rows)
    font = ImageFont.load_default(15)
    height = 40 + 22 * len(table)
    image = Image.new("RGB", (900, height), "white")
    draw = ImageDraw.Draw(image)
    draw.text((12, 10), title, fill="black", font=font)
    for index, (name, (found, of, _)) in enumerate(table.items()):
        top = 36 + 22 * index
        draw.text((12, top), name, fill="black", font=font)
        draw.rectangle((400, top + 3, 800, top + 17), fill="#e6e6e6")
        draw.rectangle((400, top + 3, 400 + 400 * found // of, top + 17), fill="#2f6f9f")
        draw.text((812, top), f"{found} / {of}", fill="black", font=font)
    image.save(path, optimize=True)
