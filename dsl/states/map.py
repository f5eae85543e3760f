"""Map states, and the fields of distributed ones."""

from __future__ import annotations

from pydantic import Field, StrictFloat, StrictInt

from ..model import Asl
from ..values import Json
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


class ProcessorConfig(Asl):
    """How iterations run. https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html"""

    mode: str | None = Field(default=None, description="INLINE or DISTRIBUTED")
    execution_type: str | None = Field(
        default=None, description="child executions of a DISTRIBUTED map: STANDARD or EXPRESS"
    )


class ItemProcessor(States):
    """The states each item goes through."""

    processor_config: ProcessorConfig | None = Field(default=None, description="inline or distributed")


class ReaderConfig(Asl):
    """How to read a dataset. https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html"""

    input_type: str | None = Field(default=None, description="CSV, JSON, JSONL, PARQUET or MANIFEST")
    transformation: str | None = Field(
        default=None, description="NONE lists objects, LOAD_AND_FLATTEN reads what is in them"
    )
    manifest_type: str | None = Field(default=None, description="ATHENA_DATA or S3_INVENTORY")
    csv_header_location: str | None = Field(default=None, description="FIRST_ROW or GIVEN")
    csv_headers: list[str] | str | None = Field(
        default=None, description="column names, where the location is GIVEN"
    )
    csv_delimiter: str | None = Field(default=None, description="COMMA, PIPE, SEMICOLON, SPACE or TAB")
    items_pointer: str | None = Field(default=None, description="JSON pointer of the items in a JSON file")
    max_items: StrictInt | str | None = Field(default=None, description="items to read at most")
    max_items_path: str | None = Field(default=None, description="path of the same in the input (JSONPath)")


class ItemReader(Asl):
    """Where a distributed map reads its items from."""

    resource: str = Field(description="arn:aws:states:::s3:getObject or arn:aws:states:::s3:listObjectsV2")
    reader_config: ReaderConfig | None = Field(default=None, description="how to read it")
    parameters: Json = Field(default=None, description="bucket, key or prefix (JSONPath)")
    arguments: Json = Field(default=None, description="bucket, key or prefix (JSONata)")


class ItemBatcher(Asl):
    """How items are grouped. https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itembatcher.html"""

    max_items_per_batch: StrictInt | str | None = Field(default=None, description="items in a batch at most")
    max_items_per_batch_path: str | None = Field(
        default=None, description="path of the same in the input (JSONPath)"
    )
    max_input_bytes_per_batch: StrictInt | str | None = Field(
        default=None, description="bytes in a batch at most, up to 262,144"
    )
    max_input_bytes_per_batch_path: str | None = Field(
        default=None, description="path of the same in the input (JSONPath)"
    )
    batch_input: Json = Field(default=None, description="what each batch is given beside its items")


class WriterConfig(Asl):
    """How results are written."""

    transformation: str | None = Field(default=None, description="NONE, COMPACT or FLATTEN")
    output_type: str | None = Field(default=None, description="JSON or JSONL")


class ResultWriter(Asl):
    """Where results go. https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html"""

    resource: str | None = Field(default=None, description="arn:aws:states:::s3:putObject")
    parameters: Json = Field(default=None, description="bucket and prefix (JSONPath)")
    arguments: Json = Field(default=None, description="bucket and prefix (JSONata)")
    writer_config: WriterConfig | None = Field(default=None, description="format of the results")


class Map(Working):
    """Run states once per item of a list. https://states-language.net/#map-state"""

    items_path: str | None = Field(default=None, description="path of the list in the input (JSONPath)")
    items: Json = Field(default=None, description="the list (JSONata)")
    item_reader: ItemReader | None = Field(
        default=None, description="dataset to read instead of a list (distributed)"
    )
    item_selector: Json = Field(default=None, description="template of each iteration's input")
    item_batcher: ItemBatcher | None = Field(default=None, description="how items are grouped (distributed)")
    max_concurrency: StrictInt | str | None = Field(
        default=None, description="iterations at once; 0 for no limit"
    )
    max_concurrency_path: str | None = Field(
        default=None, description="path of the same in the input (JSONPath)"
    )
    tolerated_failure_count: StrictInt | str | None = Field(
        default=None, description="failed items that do not fail the map (distributed)"
    )
    tolerated_failure_count_path: str | None = Field(
        default=None, description="path of the same in the input (JSONPath)"
    )
    tolerated_failure_percentage: StrictInt | StrictFloat | str | None = Field(
        default=None, description="the same in percent of the items (distributed)"
    )
    tolerated_failure_percentage_path: str | None = Field(
        default=None, description="path of the same in the input (JSONPath)"
    )
    label: str | None = Field(
        default=None, description="names the map run, up to 40 characters (distributed)"
    )
    result_writer: ResultWriter | None = Field(default=None, description="where results go (distributed)")
    item_processor: ItemProcessor | None = Field(default=None, description="the states of an iteration")
    iterator: ItemProcessor | None = Field(default=None, description="the older spelling of ItemProcessor")
