"""Settings of the engines, handed in by whoever builds them. Keys are `SecretStr`: they show in no repr and no log."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from pipeline.engines.animatic import AnimaticConfig

Device = Literal["auto", "cuda", "cpu"]
Offload = Literal["auto", "none", "model", "group"]
Storage = Literal["auto", "full", "fp8"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Weights(_Frozen):
    """One set of weights, pinned.

    Attributes:
        model: repository id on the model hub, or a local folder.
        revision: commit id of 40 hex digits; required for a repository id. A branch or tag is not accepted, because
            what it names can change after it was reviewed.
        largest_gib, total_gib: size of the largest part and of all parts at 16 bits.
    """

    model: str
    revision: str = ""
    largest_gib: float = 3.0
    total_gib: float = 14.0


class LocalSettings(_Frozen):
    """What all engines that run a model here have in common.

    Attributes:
        device: ``auto`` wants a CUDA device; ``cpu`` is slow by hours for real weights and meant for tests.
        download: fetch missing weights from the model hub on first use.
        offload: where parts wait that are not in use: ``none`` all on the device, ``model`` part by part,
            ``group`` layer by layer.
        storage: ``fp8`` keeps the large part in 8 bits and computes in `dtype`.
        working_gib: device memory that one clip needs beside the weights.
        short_side_px: largest short side that the model makes by itself; larger requests are scaled up openly.
        gpu_seconds: estimated device seconds per step and megapixel-frame; asks ZeroGPU for the right lease.
    """

    device: Device = "auto"
    dtype: Literal["bfloat16", "float16", "float32"] = "bfloat16"
    download: bool = False
    offload: Offload = "auto"
    storage: Storage = "auto"
    working_gib: float = 4.0
    short_side_px: int = 480
    gpu_seconds: float = 0.01


class Ltx2Settings(LocalSettings):
    """LTX-2.x.

    Attributes:
        distilled: the checkpoint is distilled: fixed sigmas and all six guidance parameters neutral.
        two_stages: make half the size first, upscale the latents by two, refine in three steps.
        upscaler: subfolder of the latent upscaler in the weights, used by `two_stages`.
        cross_timestep: False for LTX-2.0, True for 2.3 and later.
        sheet_lora: in-context LoRA that reads a reference sheet; without it only frames can be references.
    """

    weights: Weights = Weights(
        model="diffusers/LTX-2.3-Distilled-Diffusers",
        revision="432e0d3c2d1769aaa4d295f9243f7062bf6b47ee",
        largest_gib=44.0,
        total_gib=72.0,
    )
    distilled: bool = True
    two_stages: bool = False
    upscaler: str = "latent_upsampler"
    cross_timestep: bool = True
    steps: int = Field(default=30, ge=2)
    guidance: float = 3.0
    sheet_lora: Weights | None = None
    sheet_lora_file: str = ""
    max_frames: int = 481
    working_gib: float = 8.0
    short_side_px: int = 1088


class WanVariant(_Frozen):
    """One Wan checkpoint: how fast its clips run and how long they may be."""

    weights: Weights
    fps: int
    max_frames: int
    short_side_px: int
    steps: int = 30
    guidance: float = 5.0


class WanSettings(LocalSettings):
    """Wan 2.1 and 2.2: text alone, a first frame, or several references and a last frame (VACE)."""

    text: WanVariant = WanVariant(
        weights=Weights(
            model="Wan-AI/Wan2.1-T2V-1.3B-Diffusers",
            revision="0fad780a534b6463e45facd96134c9f345acfa5b",
            largest_gib=10.6,
            total_gib=14.0,
        ),
        fps=16,
        max_frames=81,
        short_side_px=480,
    )
    image: WanVariant = WanVariant(
        weights=Weights(
            model="Wan-AI/Wan2.2-TI2V-5B-Diffusers",
            revision="b8fff7315c768468a5333511427288870b2e9635",
            largest_gib=10.6,
            total_gib=22.0,
        ),
        fps=24,
        max_frames=121,
        short_side_px=704,
    )
    vace: WanVariant = WanVariant(
        weights=Weights(
            model="Wan-AI/Wan2.1-VACE-1.3B-diffusers",
            revision="ec4d2cb062b548996b179d493fdd05340de702a1",
            largest_gib=10.6,
            total_gib=15.0,
        ),
        fps=16,
        max_frames=81,
        short_side_px=480,
    )
    working_gib: float = 3.0
    short_side_px: int = 704


class StillsSettings(LocalSettings):
    """A text-to-image model for key frames and character sheets."""

    weights: Weights = Weights(
        model="Tongyi-MAI/Z-Image-Turbo",
        revision="f332072aa78be7aecdf3ee76d5c247082da564a6",
        largest_gib=12.0,
        total_gib=21.0,
    )
    licence: str = "Apache-2.0"
    steps: int = 9
    guidance: float = 0.0
    short_side_px: int = 1080


class Kandinsky6Settings(LocalSettings):
    """Kandinsky 6. No default revision: the operator reads the licence on the model page and pins what was read."""

    accept_licence: bool = False
    weights: Weights = Weights(
        model="kandinskylab/Kandinsky-6.0-Pro-distill-5s-Diffusers", largest_gib=58.0, total_gib=76.0
    )
    steps: int = 16
    guidance: float = 1.0
    working_gib: float = 10.0
    short_side_px: int = 704


class MinimaxH3Settings(LocalSettings):
    """MiniMax H3. Its licence grants nothing in the European Union, the United Kingdom, South Korea and the USA.

    Attributes:
        territory: ISO 3166 code of the country where the service runs and shows outputs.
        accept_licence: the operator has read the licence and runs the safeguards that it asks for.
    """

    territory: str = ""
    accept_licence: bool = False
    weights: Weights = Weights(model="MiniMaxAI/MiniMax-H3", largest_gib=62.1, total_gib=126.0)
    steps: int = 30
    reference_short_edge_px: int = 768
    working_gib: float = 12.0
    short_side_px: int = 768


class RemoteSettings(_Frozen):
    """What all engines that call a service have in common. Times in seconds, sizes in bytes.

    Attributes:
        poll_s: first and largest pause between two looks at a job.
        deadline_s: a job that is not done by then is given up.
        download_bytes: a larger result is refused.
        allow_loopback: let results come from this machine; for tests against local servers only.
        price, currency: price of one unit as the service names it, for the estimate; 0 means unknown.
    """

    key: SecretStr | None = None
    base_url: str = ""
    model: str = ""
    timeout_s: float = 60.0
    poll_s: tuple[float, float] = (5.0, 20.0)
    deadline_s: float = 1800.0
    download_bytes: int = 400 * 2**20
    allow_loopback: bool = False
    price: float = 0.0
    currency: str = "USD"


class ArkSettings(RemoteSettings):
    """Content-list services: Seedance (price per million tokens) and MiniMax v2 (price per second of video)."""

    dialect: Literal["seedance", "minimax"] = "seedance"
    base_url: str = "https://ark.cn-beijing.volces.com/api/v3"
    model: str = "doubao-seedance-2-0-260128"


class VideosApiSettings(RemoteSettings):
    """A server with ``POST /v1/videos`` jobs. Price is per second of video.

    Attributes:
        body: ``openai`` sends seconds and size; ``conditions`` also sends references, as SGLang serves H3.
        licence: of the model behind it, shown in the picker.
    """

    body: Literal["openai", "conditions"] = "openai"
    licence: str = "service terms"


class HfInferenceSettings(RemoteSettings):
    """Inference Providers through the Hugging Face router. Price is per clip."""

    provider: Literal["fal-ai", "replicate"] = "fal-ai"
    model: str = "Wan-AI/Wan2.2-TI2V-5B"
    bill_to: str = ""
    router: str = ""


class EnginesConfig(_Frozen):
    """The settings of every engine, by engine name."""

    animatic: AnimaticConfig = AnimaticConfig()
    ltx2: Ltx2Settings = Ltx2Settings()
    wan: WanSettings = WanSettings()
    stills: StillsSettings = StillsSettings()
    kandinsky6: Kandinsky6Settings = Kandinsky6Settings()
    minimax_h3: MinimaxH3Settings = MinimaxH3Settings()
    ark: ArkSettings = ArkSettings()
    videos_api: VideosApiSettings = VideosApiSettings()
    hf_inference: HfInferenceSettings = HfInferenceSettings()
