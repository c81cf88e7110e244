"""What figures are told apart by, and what they may be narrowed to, in SQL."""

from typing import Final

from metering.statistics.contracts import Dimension

_CHIP: Final = """coalesce(
    c.specification ->> 'chip',
    CASE WHEN jsonb_typeof(c.specification -> 'chips') = 'array'
          AND jsonb_array_length(c.specification -> 'chips') = 1
         THEN c.specification -> 'chips' -> 0 ->> 'chip' END,
    ''
)"""
# Expressions over `c`, a compute resource.
EXPRESSIONS: Final = {
    Dimension.NONE: "''",
    Dimension.PROVIDER: "c.provider_id::text",
    Dimension.REGION: "substr(c.region, 1, 2) || '0000'",
    Dimension.INDUSTRY: "substr(c.industry, 1, 1)",
    Dimension.CLASS: "c.resource_class",
    Dimension.CHIP: _CHIP,
}
# What is not asked for is NULL, and narrows nothing. Six digits of a province are the whole of it.
NARROWED: Final = f"""
    (%(provider)s::uuid IS NULL OR c.provider_id = %(provider)s::uuid)
    AND (%(resource)s::uuid IS NULL OR c.id = %(resource)s::uuid)
    AND (%(class)s::text IS NULL OR c.resource_class = %(class)s::text)
    AND (%(industry)s::text IS NULL OR c.industry LIKE %(industry)s::text || '%%')
    AND (%(region)s::text IS NULL OR c.region LIKE regexp_replace(%(region)s::text, '(00)+$', '')
         || '%%')
    AND (%(chip)s::text IS NULL OR {_CHIP} = %(chip)s::text)
"""
