"""Tiny models are made once for all tests of this folder."""

from __future__ import annotations

import pytest

from safety.language.guard import GuardModel
from tests.safety.language import tiny

FAMILIES = tuple(tiny.RECIPES)


@pytest.fixture(scope="session")
def guard_folders(tmp_path_factory):
    """Folders of tiny guards by family, each trained when first asked for."""
    made = {}

    def folder(name):
        if name not in made:
            made[name] = tiny.guard(tmp_path_factory.mktemp(name), name)
        return made[name]

    return folder


@pytest.fixture(scope="session")
def guards(guard_folders):
    """Loaded guards by family."""
    made = {}

    def guard(name):
        if name not in made:
            made[name] = GuardModel.open(guard_folders(name))
        return made[name]

    return guard


@pytest.fixture(params=FAMILIES)
def family(request):
    return request.param


@pytest.fixture(scope="session")
def sentence_folder(tmp_path_factory):
    return tiny.sentences(tmp_path_factory.mktemp("sentences"))
