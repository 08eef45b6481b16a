"""``/external``: datasets out of CSV and JSON files."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import Annotated

from fastapi import APIRouter, File, Form, Query, UploadFile

from mixdown_api.messages.external_schemas import (
    DatasetList,
    DatasetView,
    DeleteAnswer,
    PreviewAnswer,
    UploadAnswer,
)
from mixdown_api.messages.intake import Role, file_type
from mixdown_api.messages.surface import MessagesDep

router = APIRouter(prefix="/external", tags=["messages"])

TheFile = Annotated[UploadFile, File(description="`.csv` (`.tsv`, `.txt`) or `.json`, UTF-8")]
Column = Annotated[
    str | None,
    Form(max_length=200, description="Title or number (from 1) of the text column, if it is not found"),
]


@router.post("/upload_base", summary="A dataset out of a file", response_model_exclude_none=True)
async def upload_base(
    messages: MessagesDep,
    file: TheFile,
    dataset_role: Annotated[Role, Form()] = "custom",
    target_name: Annotated[str | None, Form(max_length=200)] = None,
    column: Column = None,
) -> UploadAnswer:
    """In the place of the dataset that has this name, if there is one; items that are in both keep their turns.

    Without a ``target_name`` it is the core dataset of the role; a custom one is called like its file.
    """
    target = target_name or (_stem(file.filename) if dataset_role == "custom" else None)
    dataset, report = await messages.datasets.upload(
        file.file, file_type(file.filename), dataset_role, target, column or None
    )
    messages.audit("dataset.uploaded", dataset=dataset.name, role=dataset.role, count=report.count)
    return UploadAnswer.of(dataset, report)


@router.post("/preview", summary="What a file holds", response_model_exclude_none=True)
async def preview(
    messages: MessagesDep,
    file: TheFile,
    dataset_role: Annotated[Role, Form()] = "custom",
    column: Column = None,
) -> PreviewAnswer:
    """As ``upload_base`` reads it; stores nothing."""
    type_ = file_type(file.filename)
    return PreviewAnswer.of(await messages.datasets.preview(file.file, type_, dataset_role, column or None))


@router.get("/list", summary="All datasets")
async def list_datasets(messages: MessagesDep) -> DatasetList:
    return DatasetList(datasets=[DatasetView.of(one) for one in await messages.datasets.list()])


@router.delete("/delete", summary="Delete a dataset")
async def delete_dataset(
    messages: MessagesDep, filename: Annotated[str, Query(min_length=1, max_length=200)]
) -> DeleteAnswer:
    """The core datasets stay."""
    deleted = await messages.datasets.delete(filename)
    messages.audit("dataset.deleted", dataset=deleted.name)
    return DeleteAnswer(deleted=deleted.filename)


def _stem(filename: str | None) -> str:
    """A file's name as a dataset's: ``Meine Liste (2).csv`` is ``meine_liste_2``."""
    return re.sub(r"[^\w-]+", "_", PurePath(filename or "").stem.lower()).strip("_-")
