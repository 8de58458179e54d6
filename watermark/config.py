"""Settings of stamping and of Verify. Defaults serve the offline run on a CPU."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

NAME = "Colophon"
VERSION = "0.1.0"
_ASCII = r"^[\x21\x23-\x5B\x5D-\x7E]+$"


class SigningConfig(BaseModel):
    """Who signs and who dates.

    Attributes:
        source: name in `watermark.signing.SIGNERS`.
        folder: where the development authority keeps its keys; made on first start.
        certificates: PEM chain, leaf first (source ``pem`` or ``callback``).
        key: PEM private key (source ``pem``).
        callback: ``module:function`` that takes bytes and returns an ES256 signature (source ``callback``).
        tsa_urls: RFC 3161 time-stamp authorities, tried in order; empty means no time-stamp.
        tsa_tries: rounds over that list before the job waits as "awaiting stamp".
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str = "development"
    folder: Path = Path("keys")
    certificates: Path | None = None
    key: Path | None = None
    callback: str = ""
    tsa_urls: tuple[str, ...] = ()
    tsa_tries: Annotated[int, Field(ge=1, le=10)] = 2


class StampConfig(BaseModel):
    """What every stamp says about its maker.

    Attributes:
        provider: name of whoever offers the service (California 22757.3 (a)(1)(A)).
        producer: the same as GB 45438-2025 allows it: a 27-character code or an ASCII name without spaces.
        namespace: reversed domain name of the provider for assertions of our own.
        verify_url: public address of Verify; written into every manifest.
        crf, preset: x264 settings of stamped videos.
        audio_label: spoken words, or the rhythm of GB 45438-2025, 5.3, at the start of sound-only files.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    provider: Annotated[str, Field(min_length=1, max_length=200)] = NAME
    producer: Annotated[str, Field(min_length=1, max_length=100, pattern=_ASCII)] = NAME
    namespace: Annotated[str, Field(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$")] = "example.colophon"
    verify_url: str = "http://127.0.0.1:7860/verify"
    crf: Annotated[float, Field(ge=0, le=40)] = 20
    preset: str = "veryfast"
    audio_label: Literal["spoken", "rhythm"] = "spoken"


class InspectConfig(BaseModel):
    """How far Verify looks.

    Attributes:
        namespace: as in `StampConfig`.
        pictures_per_s: pictures of a video that are read for the mark.
        max_video_s: reading of a video stops there.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    namespace: str = "example.colophon"
    pictures_per_s: Annotated[float, Field(gt=0, le=30)] = 1.5
    max_video_s: Annotated[float, Field(gt=0)] = 120.0
