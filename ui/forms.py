"""What the inputs of the page hold, as a form; whatever our own page could not have written is refused."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gradio.utils import get_upload_folder, is_in_or_equal

from errors import UsageError
from pipeline.views import RequestForm, Upload

MAX_LABEL = 200
MAX_DIGITS = 20


def form(values: Sequence[Any], language: str) -> RequestForm:
    """The form from the inputs in the order of `ui.create.Inputs`.

    Raises:
        UsageError: a reference or the shot list was not written by our page.
    """
    prompt, references, shots, aspect, duration, resolution, fps, engine, seed, sound, negative, title, purpose = values
    return RequestForm(
        prompt=prompt or "", uploads=uploads(references), negative_prompt=negative or "", shots=plan(shots),
        engine=engine or "auto", resolution=resolution, aspect=aspect, fps=int(fps), duration_s=float(duration),
        seed=number(seed), sound=bool(sound), locale=language, title=title or "",
        purpose=purpose or "own_use",
    )  # fmt: skip


def uploads(written: str | None) -> list[Upload]:
    """References as the page wrote them; each must lie in the upload folder.

    Raises:
        UsageError: it does not, or this is not a list of references.
    """
    try:
        entries = json.loads(written or "[]")
        found = [
            Upload(Path(str(e["path"])), str(e.get("role", "auto")), str(e.get("label", ""))[:MAX_LABEL])
            for e in entries
        ]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise UsageError("ui.error.references") from error
    for upload in found:
        if not uploaded(upload.path):
            raise UsageError("ui.error.references")
    return found


def uploaded(path: Path) -> bool:
    """Whether a file came in by the upload route and is still there."""
    try:
        return is_in_or_equal(str(path.resolve()), get_upload_folder()) and path.is_file()
    except (ValueError, OSError):  # a NUL, or longer than any name
        return False


def plan(written: str | None) -> Mapping[str, Any] | None:
    """The shot list of the cards.

    Raises:
        UsageError: it is none.
    """
    try:
        found = json.loads(written) if written else None
    except (ValueError, RecursionError) as error:
        raise UsageError("ui.error.shots") from error
    if found is not None and not isinstance(found, Mapping):
        raise UsageError("ui.error.shots")
    return found


def number(written: str | None) -> int | None:
    """A seed.

    Raises:
        UsageError: it is not a whole number.
    """
    text = (written or "").strip()
    if not text:
        return None
    if not text.isdecimal() or len(text) > MAX_DIGITS:
        raise UsageError("error.request.seed")
    return int(text)
