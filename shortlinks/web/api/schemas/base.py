"""What all shapes are made of: bodies, queries and answers as such, and the kinds of values in them."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, WithJsonSchema

from shortlinks.links import link_fields
from shortlinks.placements import placements
from shortlinks.posts import post_fields
from shortlinks.profiles import profiles

LIMIT_DEFAULT = 50
LIMIT_MOST = 200

Scope = Literal["read", "write", "convert", "admin"]


def _without_defaults(schema: dict[str, Any]) -> None:
    """What an absent field means is said in words: for a change it means "as it is", which no default value says."""
    for field in schema.get("properties", {}).values():
        field.pop("default", None)


class In(BaseModel):
    """A body: JSON types are taken as they are, and a field that is not known is an error."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra=_without_defaults)


def example(**fields: Any) -> ConfigDict:
    """The configuration of a body that shows these fields as its example, where not all go together."""

    def extra(schema: dict[str, Any]) -> None:
        _without_defaults(schema)
        schema["examples"] = [fields]

    return ConfigDict(json_schema_extra=extra)


class Query(BaseModel):
    """A query string: text is read as numbers and booleans; a parameter that is not known is an error."""

    model_config = ConfigDict(extra="forbid")


class Out(BaseModel):
    """An answer. Fields may be added to it in time."""


def _a_count(value: Any) -> Any:
    if value is None or (isinstance(value, int | float | str) and not isinstance(value, bool)):
        return value
    raise ValueError('must be a count such as 12400, "12,400" or "12.4K"')


def _a_share(value: Any) -> Any:
    if value is None or (isinstance(value, int | float | str) and not isinstance(value, bool)):
        return value
    raise ValueError('must be a share in per cent such as 84 or "84.2 %"')


Time = Annotated[
    str,
    Field(description="RFC 3339, UTC", examples=["2026-11-22T10:00:00Z"], json_schema_extra={"format": "date-time"}),
]
TimeIn = Annotated[
    str,
    Field(
        description="RFC 3339 with its zone",
        examples=["2026-11-22T11:00:00+01:00"],
        json_schema_extra={"format": "date-time"},
    ),
]
TypedCount = Annotated[
    Any,
    PlainValidator(_a_count),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 0, "maximum": 10**12},
                {"type": "string", "maxLength": 40},
                {"type": "null"},
            ],
            "description": "A count as it is shown or typed: 12400, 12,400, 12.4K, 1.2M, 12,4 mil",
            "examples": ["12.4K", 12400],
        }
    ),
]
TypedShare = Annotated[
    Any,
    PlainValidator(_a_share),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": 0, "maximum": 100},
                {"type": "string", "maxLength": 40},
                {"type": "null"},
            ],
            "description": "A share in per cent as it is shown or typed, to one decimal at most: 84, 84.2, 84.2 %, 84,2",
            "examples": ["84.2 %", 84],
        }
    ),
]
Precision = Annotated[
    dict[str, int],
    Field(
        description="Rounding of the numbers that were typed rounded: the true one lies within ± this",
        examples=[{"followers": 50}],
    ),
]
PostId = Annotated[str, Field(description="Id of a post", examples=["k7m2pq9x4r"])]
Slug = Annotated[str, Field(description="What stands behind the host name of a short link", examples=["k7m2p"])]
PlatformName = Annotated[
    str,
    Field(
        description="Name of a platform",
        examples=["instagram"],
        json_schema_extra={"enum": [*placements.platforms()]},
    ),
]
PostKind = Annotated[
    str,
    Field(
        description="video, image, story, text, live or pin, or what apps call it",
        examples=["reel"],
        json_schema_extra={"enum": [*post_fields.KINDS, *post_fields.ALIASES]},
    ),
]
ProfileKindIn = Annotated[str, Field(json_schema_extra={"enum": [*profiles.KINDS]})]
Utm = Annotated[
    dict[str, str],
    Field(
        description="UTM parameters to add to the target, named with or without `utm_`",
        examples=[{"source": "instagram", "campaign": "autumn"}],
        json_schema_extra={
            "propertyNames": {"enum": [*link_fields.UTM, *(f"utm_{name}" for name in link_fields.UTM)]},
        },
    ),
]


class Made(BaseModel):
    """Headers of a 201."""

    Location: str = Field(description="Where it is", json_schema_extra={"format": "uri-reference"})


class FieldError(Out):
    field: str = Field(examples=["links[0].target"])
    message: str = Field(examples=["must begin with https:// or http://"])


class Problem(Out):
    """Whatever goes wrong (RFC 9457)."""

    type: str = Field(examples=["about:blank"])
    title: str = Field(examples=["Unprocessable Entity"])
    status: int = Field(examples=[422])
    detail: str = Field(examples=["Nothing was changed: the input has errors."])
    errors: list[FieldError] = Field(default=[], description="The fields at fault, where it is about fields")


class ListQuery(Query):
    limit: int = Field(LIMIT_DEFAULT, ge=1, le=LIMIT_MOST, description="How many at most")
    cursor: str | None = Field(
        None, max_length=200, description="`next_cursor` of the page before, of the same list and filters"
    )


NextCursor = Annotated[str | None, Field(description="Goes into `cursor` for the next page; null on the last one")]
