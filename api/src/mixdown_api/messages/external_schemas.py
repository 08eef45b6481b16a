"""What the dataset routes give. Source of the contract's members: contracts/hybrid-audio.md, "Routes"."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from mixdown_api.messages.datasets import Dataset
from mixdown_api.messages.intake import Report

DELIMITER_NAMES = {"\t": "tab", "\x1f": None}


class Reading(BaseModel):
    """How a file was read."""

    count: int = Field(description="Different texts")
    sample: list[str] = Field(description="The first of them, 20 at most")
    duplicates: int
    empty: int
    delimiter: str | None = Field(default=None, description="Of a CSV file with several columns")
    column: int | None = Field(default=None, description="The text column of a CSV file, from 1")
    header: str | None = Field(default=None, description="Its title")

    @staticmethod
    def members(report: Report) -> dict[str, object]:
        layout = report.layout
        return {
            "count": report.count,
            "sample": report.sample,
            "duplicates": report.duplicates,
            "empty": report.empty,
            "delimiter": DELIMITER_NAMES.get(layout.delimiter, layout.delimiter) if layout else None,
            "column": layout.column + 1 if layout else None,
            "header": layout.header if layout else None,
        }


class UploadAnswer(Reading):
    status: Literal["ok"] = "ok"
    dataset_role: str
    saved_as: str

    @classmethod
    def of(cls, dataset: Dataset, report: Report) -> UploadAnswer:
        return cls.model_validate(
            {"dataset_role": dataset.role, "saved_as": dataset.filename, **cls.members(report)}
        )


class PreviewAnswer(Reading):
    status: Literal["ok"] = "ok"
    detected_type: str

    @classmethod
    def of(cls, report: Report) -> PreviewAnswer:
        return cls.model_validate({"detected_type": report.type, **cls.members(report)})


class DatasetView(BaseModel):
    file: str
    role: str
    count: int
    sample: list[str]

    @classmethod
    def of(cls, dataset: Dataset) -> DatasetView:
        return cls(file=dataset.filename, role=dataset.role, count=dataset.count, sample=list(dataset.sample))


class DatasetList(BaseModel):
    status: Literal["ok"] = "ok"
    datasets: list[DatasetView]


class DeleteAnswer(BaseModel):
    status: Literal["ok"] = "ok"
    deleted: str
