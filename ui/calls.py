"""Gradio's calls, with faults that tell no secret: its own print the inputs, and the log keeps no prompt."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable
from functools import wraps
from typing import Any, Literal, get_origin, get_type_hints

import gradio as gr
import structlog
from gradio.exceptions import Error
from pydantic import ConfigDict, TypeAdapter, ValidationError
from starlette.datastructures import Headers
from starlette.types import Scope

from locales.catalog import translate
from ui.edge import language_of

log = structlog.get_logger("page.calls")
REFUSAL = "colophon.refusal"  # in the scope of a request: a note that its gate reads when the answer leaves


class Malformed(Error):  # type: ignore[misc]
    """Inputs that do not fit the function: too few, or of another kind."""

    def __init__(self) -> None:
        super().__init__("", print_exception=False)


class Calls(gr.Blocks):  # type: ignore[misc]
    """A page whose calls end in an answer or in a message of ours."""

    async def preprocess_data(self, *args: Any, **named: Any) -> Any:
        """What the components make of the inputs.

        Raises:
            Malformed: they cannot.
        """
        try:
            return await super().preprocess_data(*args, **named)
        except Error:
            raise
        except Exception as fault:  # noqa: BLE001 - whatever a component or a function of ours raises
            log.warning("call.malformed", fault=type(fault).__name__)
            raise Malformed from None

    async def process_api(self, *args: Any, **named: Any) -> Any:
        """A whole call; where a fault happened is logged, not with what."""
        try:
            return await super().process_api(*args, **named)
        except Malformed:
            _refuse(named.get("request"), 422)
            raise _said("error.call.inputs", named.get("request")) from None
        except Error:
            raise
        except Exception as fault:  # noqa: BLE001 - whatever a component or a function of ours raises
            log.error("call.fault", fault=type(fault).__name__, at=_place(fault))
            raise _said("error.internal", named.get("request")) from None


def fitting(function: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """The same function for values of any kind: those that its annotations do not allow raise `Malformed`.

    Which words an option allows is left to the function: its message names them.
    """
    signature, hints = inspect.signature(function), get_type_hints(function)
    kinds = {name: _kind(hints[name]) for name in signature.parameters if hints[name] is not gr.Request}

    @wraps(function)
    def call(*args: Any, **named: Any) -> dict[str, Any]:
        bound = signature.bind(*args, **named)
        try:
            for name in kinds.keys() & bound.arguments.keys():
                bound.arguments[name] = kinds[name].validate_python(bound.arguments[name])
        except ValidationError:
            raise Malformed from None
        return function(*bound.args, **bound.kwargs)

    return call


def _kind(hint: Any) -> TypeAdapter[Any]:
    return TypeAdapter(str if get_origin(hint) is Literal else hint, config=ConfigDict(allow_inf_nan=False))


def status_of(scope: Scope, status: int) -> int:
    """The status of an answer to a call: what is the caller's fault is no 500."""
    return int(scope.get(REFUSAL, {}).get("status", status)) if status == 500 else status


def _said(key: str, request: Any) -> Error:
    """A message in the language of whoever called."""
    called = next(iter(_scopes(request)), None)
    headers = Headers(scope=called) if called else Headers({})
    return Error(translate(key, language_of(headers)), print_exception=False)


def _refuse(request: Any, status: int) -> None:
    for scope in _scopes(request):
        scope.get(REFUSAL, {})["status"] = status


def _scopes(request: Any) -> list[Scope]:
    """Of one call, or of several that Gradio took together."""
    called = (getattr(one, "request", None) for one in (request if isinstance(request, list) else [request]))
    return [one.scope for one in called if one is not None]


def _place(fault: BaseException) -> str:
    """File, line and function of the innermost frame."""
    frames = traceback.extract_tb(fault.__traceback__)[-1:]
    return next((f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames), "")
