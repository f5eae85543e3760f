"""Map states, and the fields of distributed ones."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from ..model import Model
from .machine import States
from .task import Working

__all__ = [
    "ItemBatcher",
    "ItemProcessor",
    "ItemReader",
    "Map",
    "ProcessorConfig",
    "ReaderConfig",
    "ResultWriter",
    "WriterConfig",
]


class ProcessorConfig(Model):
    """How iterations run. https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html"""

    mode: str | None = Field(None, alias="Mode", description="INLINE or DISTRIBUTED")
    execution_type: str | None = Field(
        None, alias="ExecutionType", description="child executions of a DISTRIBUTED map: STANDARD or EXPRESS"
    )


class ItemProcessor(States):
    """The states each item goes through."""

    processor_config: ProcessorConfig | None = Field(
        None, alias="ProcessorConfig", description="inline or distributed"
    )


class ReaderConfig(Model):
    """How to read a dataset. https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html"""

    input_type: str | None = Field(
        None, alias="InputType", description="CSV, JSON, JSONL, PARQUET or MANIFEST"
    )
    transformation: str | None = Field(
        None, alias="Transformation", description="NONE lists objects, LOAD_AND_FLATTEN reads what is in them"
    )
    manifest_type: str | None = Field(None, alias="ManifestType", description="ATHENA_DATA or S3_INVENTORY")
    csv_header_location: str | None = Field(None, alias="CSVHeaderLocation", description="FIRST_ROW or GIVEN")
    csv_headers: list[str] | str | None = Field(
        None, alias="CSVHeaders", description="column names, where the location is GIVEN"
    )
    csv_delimiter: str | None = Field(
        None, alias="CSVDelimiter", description="COMMA, PIPE, SEMICOLON, SPACE or TAB"
    )
    items_pointer: str | None = Field(
        None, alias="ItemsPointer", description="JSON pointer of the items in a JSON file"
    )
    max_items: int | str | None = Field(None, alias="MaxItems", description="items to read at most")
    max_items_path: str | None = Field(
        None, alias="MaxItemsPath", description="path of the same in the input (JSONPath)"
    )


class ItemReader(Model):
    """Where a distributed map reads its items from."""

    resource: str = Field(
        alias="Resource", description="arn:aws:states:::s3:getObject or arn:aws:states:::s3:listObjectsV2"
    )
    reader_config: ReaderConfig | None = Field(None, alias="ReaderConfig", description="how to read it")
    parameters: Any = Field(None, alias="Parameters", description="bucket, key or prefix (JSONPath)")
    arguments: Any = Field(None, alias="Arguments", description="bucket, key or prefix (JSONata)")


class ItemBatcher(Model):
    """How items are grouped. https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itembatcher.html"""

    max_items_per_batch: int | str | None = Field(
        None, alias="MaxItemsPerBatch", description="items in a batch at most"
    )
    max_items_per_batch_path: str | None = Field(
        None, alias="MaxItemsPerBatchPath", description="path of the same in the input (JSONPath)"
    )
    max_input_bytes_per_batch: int | str | None = Field(
        None, alias="MaxInputBytesPerBatch", description="bytes in a batch at most, up to 262,144"
    )
    max_input_bytes_per_batch_path: str | None = Field(
        None, alias="MaxInputBytesPerBatchPath", description="path of the same in the input (JSONPath)"
    )
    batch_input: Any = Field(
        None, alias="BatchInput", description="what each batch is given beside its items"
    )


class WriterConfig(Model):
    """How results are written."""

    transformation: str | None = Field(None, alias="Transformation", description="NONE, COMPACT or FLATTEN")
    output_type: str | None = Field(None, alias="OutputType", description="JSON or JSONL")


class ResultWriter(Model):
    """Where results go. https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html"""

    resource: str | None = Field(None, alias="Resource", description="arn:aws:states:::s3:putObject")
    parameters: Any = Field(None, alias="Parameters", description="bucket and prefix (JSONPath)")
    arguments: Any = Field(None, alias="Arguments", description="bucket and prefix (JSONata)")
    writer_config: WriterConfig | None = Field(
        None, alias="WriterConfig", description="format of the results"
    )


class Map(Working):
    """Run states once per item of a list. https://states-language.net/#map-state"""

    items_path: str | None = Field(
        None, alias="ItemsPath", description="path of the list in the input (JSONPath)"
    )
    items: Any = Field(None, alias="Items", description="the list (JSONata)")
    item_reader: ItemReader | None = Field(
        None, alias="ItemReader", description="dataset to read instead of a list (distributed)"
    )
    item_selector: Any = Field(None, alias="ItemSelector", description="template of each iteration's input")
    item_batcher: ItemBatcher | None = Field(
        None, alias="ItemBatcher", description="how items are grouped (distributed)"
    )
    max_concurrency: int | str | None = Field(
        None, alias="MaxConcurrency", description="iterations at once; 0 for no limit"
    )
    max_concurrency_path: str | None = Field(
        None, alias="MaxConcurrencyPath", description="path of the same in the input (JSONPath)"
    )
    tolerated_failure_count: int | str | None = Field(
        None, alias="ToleratedFailureCount", description="failed items that do not fail the map (distributed)"
    )
    tolerated_failure_count_path: str | None = Field(
        None, alias="ToleratedFailureCountPath", description="path of the same in the input (JSONPath)"
    )
    tolerated_failure_percentage: int | float | str | None = Field(
        None, alias="ToleratedFailurePercentage", description="the same in percent of the items (distributed)"
    )
    tolerated_failure_percentage_path: str | None = Field(
        None, alias="ToleratedFailurePercentagePath", description="path of the same in the input (JSONPath)"
    )
    label: str | None = Field(
        None, alias="Label", description="names the map run, up to 40 characters (distributed)"
    )
    result_writer: ResultWriter | None = Field(
        None, alias="ResultWriter", description="where results go (distributed)"
    )
    item_processor: ItemProcessor | None = Field(
        None, alias="ItemProcessor", description="the states of an iteration"
    )
    iterator: ItemProcessor | None = Field(
        None, alias="Iterator", description="the older spelling of ItemProcessor"
    )
